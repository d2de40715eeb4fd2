"""`assetgen init`: writes a first spec that builds at once, without a key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from assetgen.errors import DiskRefused, ExitCode, UsageError
from assetgen.files import shown, write_atomically, write_if_changed

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console

SCHEMA_FILE: Final = "assets.schema.json"
"""Inside the ignored folder; builds write it again where it is missing."""

WORK_FOLDER: Final = ".assetgen"
MODELINE: Final = f"# yaml-language-server: $schema={WORK_FOLDER}/{SCHEMA_FILE}"

SPEC: Final = f"""\
{MODELINE}
version: 1

# Every picture of this project is declared here and built by `assetgen build`.
# The placeholder provider draws stand-ins of the right size: free and without a key.
# `assetgen build --provider openai` is for the real ones.
provider: placeholder

# Words that many prompts share; ${{style}} below stands for this text.
vars:
  style: flat shapes, thick outlines, warm colours

targets:
  site:
    dir: site/images

assets:
  hero:
    alt: A lighthouse on a cliff at dawn
    prompt: A lighthouse on a cliff at dawn, ${{style}}
    size: 1536x1024
    outputs:
      - {{path: hero.webp, widths: [640, 1280]}}

  # One entry, three pictures: icons/sword, icons/shield and icons/potion.
  icons/${{item}}:
    alt: ${{item}}
    matrix:
      item: [sword, shield, potion]
    prompt: An icon of a ${{item}}, ${{style}}, on a transparent background
    size: 1024x1024
    background: transparent
    outputs:
      - {{path: "${{asset}}.png", width: 128}}
"""

_IGNORED: Final = f"{WORK_FOLDER}/"
MERGED: Final = "assets.lock merge=assetgen"
DRIVER: Final = "assetgen lock merge %O %A %B"
"""What git runs for files with that attribute; it takes it from nobody's repository."""


def run(args: Namespace, console: Console) -> int:
    """Write the spec, its schema for the editor, and what git should know of them.

    With `--ci` also what the service runs; a spec that is there already is no mistake.

    Raises:
        UsageError: There is a spec already, or all of the service's files are; they are
            left alone.
    """
    folder = Path(args.folder)
    if args.ci is not None:
        _require_root(folder)
        spec = folder / "assets.yaml"
        if not (spec.exists() or spec.is_symlink()):
            _write_first(folder, console)
        _write_workflows(folder, args.ci, console)
    else:
        _write_first(folder, console)
    return ExitCode.DONE


def _write_first(folder: Path, console: Console) -> None:
    """Write the first spec and what belongs to it.

    Raises:
        UsageError: There is a spec already; it is left alone.
    """
    from assetgen.schema import schema_text

    spec = folder / "assets.yaml"
    if spec.exists() or spec.is_symlink():
        raise UsageError(
            f"{shown(spec)} is there already and is left alone",
            hint="`assetgen check` looks at it",
        )
    write_atomically(
        folder / WORK_FOLDER / SCHEMA_FILE,
        schema_text("assets").encode(),
        durable=False,
        folder_mode=0o700,
    )
    write_atomically(spec, SPEC.encode(), durable=False)
    lines = [
        name
        for name, line, known in (
            (".gitignore", _IGNORED, _IGNORED.strip("/")),
            (".gitattributes", MERGED, MERGED),
        )
        if _add_line(folder / name, line, known)
    ]
    where = f", and a line in {' and '.join(lines)}" if lines else ""
    console.say(f"wrote {shown(spec)}{where}")
    console.say(
        "git merges the lock asset by asset once it is told how:\n"
        f"  git config merge.assetgen.driver '{DRIVER}'"
    )
    console.say(
        "next: `assetgen plan` shows what it asks for, `assetgen build` builds it"
    )


def _require_root(folder: Path) -> None:
    """Raise where a service would not find what it is to run.

    Raises:
        UsageError: The folder is inside a repository, but not its root.
    """
    from assetgen.cli.workflows import repository_root

    absolute = folder.absolute()
    root = repository_root(absolute)
    if root is not None and root.resolve() != absolute.resolve():
        raise UsageError(
            f"{shown(folder)} is not the root of its git repository, and services look "
            "for such files only there",
            hint=f"run it in {shown(root)}, then name the spec's folder in what it wrote",
        )


def _write_workflows(folder: Path, service: str, console: Console) -> None:
    """Write what a service runs; files that are there stay as they are.

    Raises:
        UsageError: All of them are there, and say something else.
    """
    from assetgen.cli.workflows import FILES, workflow_text

    left = []
    for path, name in FILES[service].items():
        file, text = folder / path, workflow_text(name)
        if not (file.exists() or file.is_symlink()):
            write_atomically(file, text.encode(), durable=False)
            console.say(f"wrote {shown(file)}")
        elif file.is_file() and file.read_bytes() == text.encode():
            console.say(f"{shown(file)} is there already, as it should be")
        else:
            left.append(file)
    way = f"`assetgen init --ci {service} FOLDER` writes it to an empty folder to copy from"
    if len(left) == len(FILES[service]):
        names = ", ".join(shown(each) for each in left)
        raise UsageError(f"{names}: there already and left alone", hint=way)
    for each in left:
        console.say(f"{shown(each)} is there already and is left alone; {way}")
    if service == "github":
        console.say(
            "next: a secret OPENAI_API_KEY lets the main branch draw; pull requests need none"
        )
    else:
        console.say(
            "next: a variable OPENAI_API_KEY, masked and protected, lets the default branch "
            "draw; merge requests need none"
        )


def offer_schema(root: Path, spec: str) -> None:
    """Write the schema again where the spec's first line says that `init` put it.

    That is inside the ignored folder: a fresh clone and a new version lack it. Nothing
    that is built needs it, so nothing is said where it cannot be written.
    """
    path = root / WORK_FOLDER / SCHEMA_FILE
    try:
        with (root / spec).open("rb") as file:
            first_line = file.readline(500)
        if not first_line.startswith(MODELINE.encode()):
            return
        from assetgen.schema import schema_text

        write_if_changed(path, schema_text("assets").encode(), durable=False)
    except (OSError, DiskRefused):
        return


def _add_line(path: Path, line: str, known: str) -> bool:
    """Add a line to a file of git's unless it is there; True if it was added.

    Args:
        path: Of the file; made where there is none.
        line: What is added.
        known: What a line that says the same has without blanks and slashes around it.
    """
    before = path.read_text("utf-8") if path.exists() else ""
    if known in {each.strip().strip("/") for each in before.splitlines()}:
        return False
    start = before if before.endswith("\n") or not before else before + "\n"
    write_atomically(path, f"{start}{line}\n".encode(), durable=False)
    return True
