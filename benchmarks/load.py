"""Put a served demonstration place under load, and prove afterwards that no write was lost or doubled.

Usage: python -m benchmarks.load DIR [--users 50] [--seconds 60] [--pause 1.0] [--postgres]

DIR is a copy of a demonstration place: its register is made anew. One granian worker serves it on loopback. Each
virtual user signs in as one of the carers and then, pausing between pages as long as is said, reads (caseload, person,
timeline, measures, tasks) and writes (tasks, one in ten of them sent twice; notices). With --postgres the register is
in a temporary PostgreSQL server, which does not wait for the disk; SQLite as served does not either.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from joinedup.demo.register import load_register
from joinedup.demo.staff import read_staff
from joinedup.store.place import load_place
from tests.on_postgres import programs, server

NOTICES = 60  # that each team finds
DOUBLES = 10  # one task in so many is sent twice
HIDDEN = r'name="{}" value="([^"]+)"'


@dataclass(slots=True)
class Seen:
    """What all virtual users saw.

    Attributes:
        seconds: of each kind of request.
        faults: answers that were not as they should be.
        tasks, notices: writes that were answered as done.
        doubles: tasks that were sent twice.
        opened: identified records that were shown.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: Counter[str] = field(default_factory=Counter)
    tasks: set[str] = field(default_factory=set)
    notices: set[int] = field(default_factory=set)
    doubles: int = 0
    opened: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Answer:
    """One answer of the server."""

    status: int
    location: str
    text: str


class VirtualUser:
    """Somebody with a browser of their own, signed in as a carer."""

    def __init__(self, number: int, account: str, password: str, port: int, seen: Seen) -> None:
        self.number, self.seen, self.written = number, seen, 0
        self.chance = random.Random(number)
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        form = self.ask("/account/sign-in/").text
        told = {"login": account, "password": password, "csrfmiddlewaretoken": hidden(form, "csrfmiddlewaretoken")}
        if self.ask("/account/sign-in/", told).status != 302:
            raise SystemExit(f"{account} could not sign in")
        self.people = sorted(set(re.findall(r"/people/P[0-9A-Z]{13}/", self.ask("/caseload/").text)))
        self.measures = sorted(set(re.findall(r"/measures/[^/\"?]+/", self.ask("/").text)))

    def ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """One request and its answer; cookies are kept as a browser keeps them."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.line.request("GET" if form is None else "POST", path, urlencode(form) if form else None, headers)
        answer = self.line.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return Answer(answer.status, answer.headers.get("Location") or "", answer.read().decode())

    def timed(self, kind: str, path: str, form: dict[str, str] | None = None) -> Answer:
        """A request whose seconds count; a page must be 200, a form that was sent 303."""
        start = time.perf_counter()
        try:
            answer = self.ask(path, form)
        except (OSError, http.client.HTTPException) as error:
            self.line.close()
            answer = Answer(0, "", type(error).__name__)
        took, is_right = time.perf_counter() - start, answer.status == (200 if form is None else 303)
        with self.seen.lock:
            self.seen.seconds[kind].append(took)
            if not is_right:
                self.seen.faults[f"{kind} {answer.status or answer.text}"] += 1
            if is_right and kind in {"person", "timeline"}:
                self.seen.opened += 1
        return answer

    def act(self, due: date) -> None:
        """One thing that people do all day."""
        someone = self.chance.choice(self.people)
        kind = self.chance.choices(list(MIX), list(MIX.values()))[0]
        if kind == "write a task":
            self.write_task(someone, due)
        elif kind == "see a notice":
            self.see_notice()
        else:
            paths = {"caseload": "/caseload/", "person": someone, "timeline": f"{someone}timeline/"}
            paths |= {"measure": self.chance.choice(self.measures), "tasks": "/caseload/tasks/"}
            self.timed(kind, paths[kind])

    def write_task(self, someone: str, due: date) -> None:
        """Open the form, fill it, send it; sometimes twice, as an impatient finger does."""
        path = someone.replace("/people/", "/caseload/people/") + "task/"
        form = self.timed("task form", path)
        if form.status != 200:
            return
        self.written += 1
        title = f"Load {self.number}-{self.written}"
        day = {"due-day": str(due.day), "due-month": str(due.month), "due-year": str(due.year)}
        secrets = {name: hidden(form.text, name) for name in ("csrfmiddlewaretoken", "submission")}
        told = {**secrets, **day, "title": title, "assigned_to": "", "detail": ""}
        answer = self.timed("write a task", path, told)
        if answer.status != 303:
            return
        with self.seen.lock:
            self.seen.tasks.add(title)
        if self.chance.randrange(DOUBLES):
            return
        again = self.timed("write a task", path, told)
        with self.seen.lock:
            self.seen.doubles += 1
            if again.location != answer.location:
                self.seen.faults["a task sent twice was answered otherwise"] += 1

    def see_notice(self) -> None:
        """Read the notices and mark one as seen."""
        page = self.timed("notices", "/caseload/notices/").text
        found = re.findall(r"/caseload/notices/(\d+)/seen/", page)
        if found:
            notice, token = self.chance.choice(found), hidden(page, "csrfmiddlewaretoken")
            told = {"csrfmiddlewaretoken": token, "from": "notices"}
            if self.timed("see a notice", f"/caseload/notices/{notice}/seen/", told).status == 303:
                with self.seen.lock:
                    self.seen.notices.add(int(notice))


#: How often each thing is done, of a hundred.
MIX = {"caseload": 20, "person": 25, "timeline": 15, "measure": 18, "tasks": 5, "write a task": 10, "see a notice": 7}


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(HIDDEN.format(name), page)
    if found is None:
        raise SystemExit(f"a page has no field {name}: {page[:300]}")
    return found[1]


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The place served by one worker; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with subprocess.Popen([sys.executable, "-m", "joinedup.cli", "serve", str(folder), "--port", str(port)]) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.send_signal(signal.SIGINT)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
            if process.poll() is not None:
                raise SystemExit("the server ended") from None
        else:
            return
    raise SystemExit("the server does not answer")


def prepare(folder: Path) -> None:
    """A register made anew, with notices enough to mark."""
    load_register(folder)
    from joinedup.register.actions.notice import tell
    from joinedup.register.models import CareRelationship
    from joinedup.register.people import subject_of

    ties = CareRelationship.objects.order_by("team_id", "id").values_list("team_id", "person_id")
    for team, person in dict(ties).items():
        subject = subject_of(person)
        for number in range(NOTICES if subject else 0):
            if subject is not None:
                tell([team], subject, f"Something to know, {number}")


def run(users: Sequence[VirtualUser], seconds: float, pause: float, due: date) -> float:
    """All users at once until the time is up; the seconds it took."""
    gate = threading.Barrier(len(users) + 1)

    def live(user: VirtualUser) -> None:
        gate.wait()
        time.sleep(user.chance.uniform(0, pause))
        while time.perf_counter() < start + seconds:
            user.act(due)
            time.sleep(user.chance.uniform(0.5, 1.5) * pause)

    threads = [threading.Thread(target=live, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    start = time.perf_counter()
    gate.wait()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def verify(seen: Seen, opened_before: int) -> list[str]:
    """What is wrong with the register after the load; nothing if every write is there once and the trace is whole."""
    from joinedup.register.audit import first_fault
    from joinedup.register.models import AuditEvent, Notice, Task

    tasks = dict(Task.objects.filter(title__startswith="Load ").values_list("pk", "title"))
    titles = Counter(tasks.values())
    rows = Counter(AuditEvent.objects.filter(action="task.created").values_list("subject", flat=True))
    marked = set(Notice.objects.filter(seen_at__isnull=False).values_list("pk", flat=True))
    marks = Counter(AuditEvent.objects.filter(action="notice.seen").values_list("subject", flat=True))
    opened, fault = AuditEvent.objects.filter(action="record.opened").count() - opened_before, first_fault()
    checks = {
        f"{len(seen.tasks - titles.keys())} tasks lost": not seen.tasks - titles.keys(),
        f"{sum(n > 1 for n in titles.values())} tasks doubled": max(titles.values(), default=0) <= 1,
        "a task without its one row in the trace": all(rows[f"task/{pk}"] == 1 for pk in tasks),
        "notices lost": seen.notices <= marked,
        "a notice without its one row": all(marks[f"notice/{pk}"] == 1 for pk in seen.notices),
        f"{seen.opened} records shown, {opened} written down": opened == seen.opened,
        f"the trace: {fault.what if fault else ''}": fault is None,
    }
    print(f"{len(tasks):,} tasks written, {seen.doubles} of them sent twice; {len(seen.notices)} notices seen")
    print(f"trace: {AuditEvent.objects.count():,} rows")
    return [what for what, is_right in checks.items() if not is_right]


def report(seen: Seen, seconds: float) -> None:
    """The table for docs/speed.md."""
    every = [second for kind in seen.seconds.values() for second in kind]
    print(
        f"{len(every):,} requests in {seconds:.1f} s: {len(every) / seconds:.1f} a second; faults: {dict(seen.faults)}"
    )
    for kind, took in [*sorted(seen.seconds.items()), ("all", every)]:
        half, most, longest = percentile(took, 50), percentile(took, 95), 1000 * max(took)
        print(f"| {kind} | {len(took):,} | {half:.0f} | {most:.0f} | {longest:.0f} |")


def percentile(seconds: Sequence[float], part: int) -> float:
    """In milliseconds."""
    return 1000 * (statistics.quantiles(seconds, n=100)[part - 1] if len(seconds) > 1 else seconds[0])


def load(arguments: argparse.Namespace) -> int:
    """Load one place with one database; 0 if nothing was wrong."""
    from joinedup.register.models import AuditEvent

    staff, seen = read_staff(), Seen()
    due = load_place(arguments.folder).today
    carers = [user.account for user in staff.users if user.team]
    opened = AuditEvent.objects.filter(action="record.opened").count()
    with served(arguments.folder) as port:
        names = [carers[number % len(carers)] for number in range(arguments.users)]
        users = [VirtualUser(number, name, staff.password, port, seen) for number, name in enumerate(names)]
        users = [user for user in users if user.people]
        took = run(users, arguments.seconds, arguments.pause, due)
        report(seen, took)
        wrong = verify(seen, opened)
    print("; ".join(wrong) or "no write lost or doubled, every record shown is in the trace, the trace is whole")
    return 1 if wrong or seen.faults else 0


def main() -> int:
    """Read the arguments, make the register, load it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=1.0)
    parser.add_argument("--postgres", action="store_true")
    arguments = parser.parse_args()
    binaries = programs()
    if arguments.postgres and binaries is None:
        raise SystemExit("there is no PostgreSQL on this machine")
    with tempfile.TemporaryDirectory(prefix="joinedup-load-") as scratch, ExitStack() as stack:
        os.environ.pop("DATABASE_URL", None)
        if arguments.postgres and binaries:
            os.environ["DATABASE_URL"] = stack.enter_context(server(Path(scratch), binaries))
        prepare(arguments.folder)
        return load(arguments)


if __name__ == "__main__":
    sys.exit(main())
