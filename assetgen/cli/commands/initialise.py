"""`assetgen init`: writes a first spec that builds at once, without a key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from assetgen.errors import ExitCode, UsageError
from assetgen.files import shown, write_atomically

if TYPE_CHECKING:
    from argparse import Namespace

    from assetgen.cli.console import Console

SCHEMA_FILE: Final = "assets.schema.json"

SPEC: Final = f"""\
# yaml-language-server: $schema=.assetgen/{SCHEMA_FILE}
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
    prompt: A lighthouse on a cliff at dawn, ${{style}}
    size: 1536x1024
    alt: A lighthouse on a cliff at dawn
    outputs:
      - {{path: hero.webp, widths: [640, 1280]}}

  # One entry, three pictures: icons/sword, icons/shield and icons/potion.
  icons/${{item}}:
    matrix:
      item: [sword, shield, potion]
    prompt: An icon of a ${{item}}, ${{style}}, on a transparent background
    size: 1024x1024
    background: transparent
    alt: ${{item}}
    outputs:
      - {{path: "${{asset}}.png", width: 128}}
"""

_IGNORED: Final = ".assetgen/"


def run(args: Namespace, console: Console) -> int:
    """Write the spec, its schema for the editor, and a line in .gitignore.

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
        folder / ".assetgen" / SCHEMA_FILE,
        schema_text("assets").encode(),
        durable=False,
        folder_mode=0o700,
    )
    write_atomically(spec, SPEC.encode(), durable=False)
    ignores = _ignore(folder / ".gitignore")
    console.say(f"wrote {shown(spec)}{', and a line in .gitignore' if ignores else ''}")
    console.say(
        "next: `assetgen plan` shows what it asks for, `assetgen build` builds it"
    )
    return ExitCode.DONE


def _ignore(path: Path) -> bool:
    """Add the work folder to .gitignore unless it is there; True if it was added."""
    before = path.read_text("utf-8") if path.exists() else ""
    if _IGNORED.rstrip("/") in {
        line.strip().strip("/") for line in before.splitlines()
    }:
        return False
    start = before if before.endswith("\n") or not before else before + "\n"
    write_atomically(path, f"{start}{_IGNORED}\n".encode(), durable=False)
    return True
