"""The command line: one thin function a command, and the only place where register and pipeline meet.

Exit codes: 0 done; 1 the data or the place has problems, which are listed; 2 wrong usage; 3 a fault of our own.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from joinedup import __version__
from joinedup.rules.foundation.errors import JoinedupError, UsageError

if TYPE_CHECKING:
    from joinedup.pipeline.stage import Listener
    from joinedup.store.register_dump import Database

app = typer.Typer(
    name="joinedup",
    help="Run integrated public services in a place, and find out whether integration worked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

PlaceFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The place's folder.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"joinedup {__version__}")
        raise typer.Exit


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to make it.")] = Path("build/demo"),
    people: Annotated[int, typer.Option(min=2000, help="How many people live there.")] = 50_000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another place.")] = 1,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when it is built.")] = False,
    port: Annotated[int, typer.Option(help="Port of the web app.")] = 8000,
) -> None:
    """Make the demonstration place, build it, fill its register and serve it."""
    from joinedup.demo.place import generate
    from joinedup.demo.register import load_register
    from joinedup.pipeline.build import build as run_build

    if (folder / "place.toml").exists() and not (folder / "truth").exists():
        raise UsageError(f"{folder} already holds a place that is not a demonstration; name another folder")
    typer.echo(f"Making a place of {people:,} people in {folder} (seed {seed})")
    generate(folder, people=people, seed=seed)
    manifest = run_build(folder, listener=_listener())
    typer.echo(f"Built release {manifest.release}")
    loaded = load_register(folder)
    typer.echo(f"Filled the register: {len(loaded.accounts)} users, {loaded.events:,} rows in the trace")
    typer.echo(f"Sign in as one of these; the password is {loaded.password}")
    for account, role in loaded.accounts:
        typer.echo(f"  {account:<22} {role}")
    if not no_serve:
        serve(folder, port=port)


@app.command()
def new(folder: PlaceFolder) -> None:
    """Make an empty place with a commented place.toml and worked templates of lawful flows."""
    from joinedup.store.template import make_place

    make_place(folder)
    typer.echo(
        f"Made {folder}. Next: describe your sources in {folder / 'place.toml'}, then `joinedup check {folder}`."
    )


@app.command()
def check(
    folder: PlaceFolder,
    as_json: AsJson = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print the problems as CSV.")] = False,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only files received by then.")] = None,
) -> None:
    """List every problem in the extracts by file, record, field and rule; exit 1 if any is fatal."""
    from joinedup.pipeline import checking
    from joinedup.store.place import load_place

    report = checking.check(load_place(folder), as_of=_day(as_of))
    if as_json:
        typer.echo(checking.to_json(report))
    elif csv:
        typer.echo(checking.to_csv(report), nl=False)
    else:
        checking.render_table(report)
    raise typer.Exit(1 if report.is_fatal else 0)


@app.command()
def build(
    folder: PlaceFolder,
    engine: Annotated[str, typer.Option(help="duckdb or spark.")] = "duckdb",
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="What had been received by then.")
    ] = None,
    retrain: Annotated[bool, typer.Option("--retrain", help="Fit the link model anew.")] = False,
    no_evaluations: Annotated[
        bool, typer.Option("--no-evaluations", help="Do not run registered evaluations again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Turn extracts into a published release; unchanged stages are reused."""
    from joinedup.pipeline.build import build as run_build
    from joinedup.store.evaluation_results import EvaluationResults

    if engine not in {"duckdb", "spark"}:
        raise UsageError(f"there is no engine {engine!r}; use duckdb or spark")
    _hand_over(folder)
    manifest = run_build(
        folder, engine_name=engine, as_of=_day(as_of), retrain=retrain, evaluations=not no_evaluations,
        listener=_listener(as_json),
    )  # fmt: skip
    if not no_evaluations:
        for line in EvaluationResults(folder).problems():
            typer.echo(f"Evaluation: {line}", err=True)
    if as_json:
        typer.echo(json.dumps({"release": manifest.release, "problems": dict(manifest.problems)}))
    else:
        total = sum(stage.seconds for stage in manifest.stages)
        typer.echo(f"Release {manifest.release} is current ({total:.1f} s). Look: joinedup serve {folder}")


@app.command()
def serve(
    folder: PlaceFolder,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve the web app of a place."""
    from joinedup.web.server import serve as run_server

    run_server(folder, host, port)


@app.command()
def explain(
    folder: PlaceFolder,
    cell: Annotated[str, typer.Argument(metavar="ID", help="measure/area/start/end/dimension/category[@release]")],
    sql: Annotated[bool, typer.Option("--sql", help="Show the query too.")] = False,
    internal: Annotated[bool, typer.Option("--internal", help="Raw figures, before disclosure control.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say where a published number comes from."""
    from joinedup.pipeline import explaining

    answer = explaining.explain(folder, cell, internal=internal)
    typer.echo(explaining.to_json(answer) if as_json else explaining.to_text(answer, with_sql=sql))


@app.command()
def link(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Person files: CSV or Parquet.")],
    out: Annotated[Path, typer.Option(help="Folder for links.csv and scores.json.")],
    mapping: Annotated[list[str] | None, typer.Option("--map", metavar="THEIRS=OURS", help="Rename a column.")] = None,
    extra: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Compare this column as well.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Known answer: record_id[,source],person_id or pairs.")] = None,
    as_json: AsJson = False,
) -> None:
    """Link any person files: which records belong to the same person."""
    from joinedup.pipeline.linking_files import link_files

    result = link_files(files, out, _renames(mapping or []), tuple(extra or []), truth)
    typer.echo(json.dumps(result.as_dict(), indent=1) if as_json else result.as_text())


@app.command()
def evaluate(
    protocol: Annotated[
        Path, typer.Argument(metavar="PROTOCOL.toml", help="What is asked and how.", show_default=False)
    ],
    data: Annotated[Path | None, typer.Option(help="A table of your own: CSV or Parquet.", show_default=False)] = None,
    place: Annotated[Path | None, typer.Option(help="A place that was built.", show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for result.json and report.html.", show_default=False)
    ] = None,
    register: Annotated[bool, typer.Option("--register", help="Write down the protocol first: hash and time.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find out by a protocol whether a scheme worked; a result that is not evaluable says why."""
    from joinedup.pipeline.evaluation import evaluate as evaluation
    from joinedup.store.evaluation_results import EvaluationResults

    if out is None and place is None:
        raise UsageError("say where the result goes: --out FOLDER")
    result = evaluation.evaluate(protocol, out, now=datetime.now(UTC), data=data, place=place, registering=register)
    if as_json:
        typer.echo(json.dumps(result.as_dict(), indent=1, ensure_ascii=False))
        return
    typer.echo(f"{result.title} ({result.registered['heading']})")
    for line in result.deviations:
        typer.echo(f"Deviation: {line}")
    typer.echo(f"Verdict: {result.verdict}" + (f": {result.reason}" if result.reason else ""))
    if out is not None:
        typer.echo(f"Written: {out / 'report.html'} to read and {out / 'result.json'} for programs")
    kept = EvaluationResults(place).latest(protocol.stem) if place is not None else None
    if kept is not None:
        typer.echo(f"Kept as version {kept.number}: {kept.report}")


@app.command()
def export(
    folder: PlaceFolder,
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="csv")],
    out: Annotated[Path, typer.Option(help="Where to write it.")],
) -> None:
    """Write what is published for use elsewhere."""
    from joinedup.pipeline.exporting import FORMATS

    if form not in FORMATS:
        raise UsageError(f"there is no export format {form!r}; use one of: {', '.join(sorted(FORMATS))}")
    for path in FORMATS[form](folder, out):
        typer.echo(str(path))


@app.command()
def backup(
    folder: PlaceFolder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .tar.gz outside the place.", show_default=False)],
    with_identity: Annotated[
        bool, typer.Option("--with-identity", help="Names, numbers and what partners sent as well.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a place into one file while it is served; never its keys."""
    from joinedup.store.backup import back_up

    about = back_up(folder, file, with_identity=with_identity, database=_database())
    if as_json:
        typer.echo(json.dumps({"release": about.release, "files": len(about.files), "left_out": about.left_out}))
        return
    typer.echo(f"Wrote {file}: {len(about.files):,} files, release {about.release or 'none'}.")
    if with_identity:
        typer.echo("It holds names and numbers of people: keep it as safe as the place itself.")
    typer.echo(f"Not inside: {'; '.join(about.left_out)}.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.", show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; empty or absent.", show_default=False)],
) -> None:
    """Make a place from its backup; nothing is restored unless every file is whole."""
    from joinedup.store.restoration import restore as run_restore

    about = run_restore(file, folder, database=_database())
    typer.echo(f"Restored {about.name} as of {about.made_at} (release {about.release or 'none'}) to {folder}.")
    if about.key_mark:
        typer.echo(f"Before the next build put its key back (JOINEDUP_KEY or {folder / 'key'}), mode 600.")
    typer.echo(f"Not inside: {'; '.join(about.left_out)}.")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def manage(context: typer.Context, folder: PlaceFolder) -> None:
    """Run one of Django's or the register's own management commands for a place."""
    from joinedup.store.place import load_place

    load_place(folder)
    os.environ["JOINEDUP_PLACE"] = str(folder.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "joinedup.web.settings"
    from django.core.management import execute_from_command_line

    execute_from_command_line(["joinedup manage DIR", *(context.args or ["help"])])


def _database() -> Database | None:
    from joinedup.store.register_dump import Database

    url = os.environ.get("DATABASE_URL")
    return Database(url) if url else None


def _hand_over(folder: Path) -> None:
    """Ask the place's register, where it has one, what a build must know of it."""
    if not has_register(folder):
        return
    open_register(folder)
    from joinedup.register.handover import hand_over

    handed = hand_over()
    for path in handed.written:
        typer.echo(f"From the register: {path}", err=True)
    if handed.unplaced:
        typer.echo(f"{handed.unplaced} objection(s) of the register name people whom no release knows yet", err=True)


def has_register(folder: Path) -> bool:
    """Whether a place has a register."""
    return bool(os.environ.get("DATABASE_URL")) or (folder / "register.sqlite3").exists()


def open_register(folder: Path) -> None:
    """Make the register of a place ready to be used in this process."""
    os.environ["JOINEDUP_PLACE"] = str(folder.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "joinedup.web.settings"
    import django

    django.setup()


def main() -> NoReturn:
    """Run a command; every error of use or of data ends with one plain message and its exit code."""
    try:
        code = app(standalone_mode=False)  # a command that raises Exit has its code returned here
        sys.exit(code if isinstance(code, int) else 0)
    except typer.Abort:
        sys.exit(130)
    except UsageError as exc:
        _fail(exc, 2)
    except JoinedupError as exc:
        _fail(exc, 1)
    except KeyboardInterrupt:
        _fail("stopped; the current release is as it was", 130)
    except Exception as exc:  # noqa: BLE001 - the outermost edge
        _end_badly(exc)


def _end_badly(exc: Exception) -> NoReturn:
    if hasattr(exc, "format_message"):  # a wrong option or argument, as the command-line library says it
        _fail(exc.format_message(), 2)
    traceback.print_exc()
    _fail("this is a fault of joinedup, not of your data; please report the lines above", 3)


def _fail(message: object, code: int) -> NoReturn:
    print(f"joinedup: {message}", file=sys.stderr)
    sys.exit(code)


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


def _renames(pairs: list[str]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    wrong = next((theirs for theirs, sign, ours in split if not (theirs and sign and ours)), None)
    if wrong is not None:
        raise UsageError(f"--map {wrong!r} is not of the form theirs=ours, for example --map given_name=forename")
    return {theirs: ours for theirs, _, ours in split}


def _listener(as_json: bool = False) -> Listener:
    from joinedup.pipeline.progress import Lines, Quiet, Terminal

    if as_json:
        return Quiet()
    return Terminal() if sys.stderr.isatty() else Lines()


if __name__ == "__main__":
    main()
