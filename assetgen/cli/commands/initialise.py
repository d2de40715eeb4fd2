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

    Raises:
        UsageError: There is a spec already; it is left alone.
    """
    from assetgen.schema import schema_text

    folder = Path(args.folder)
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
    return ExitCode.DONE


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
