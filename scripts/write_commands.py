"""Writes docs/reference/commands.md from the commands' own help texts.

Usage: python scripts/write_commands.py [--check]

With --check nothing is written; it ends with 1 if the file differs.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "commands.md"


def reference() -> str:
    """Return the whole page."""
    # argparse fits its texts to the terminal; the page must not depend on one.
    os.environ["COLUMNS"] = "80"
    from assetgen.cli.arguments import COMMANDS, help_text, parser_of

    parts = [
        "# Commands",
        "",
        "Written by `python scripts/write_commands.py` from `--help`; edit the help texts.",
        "",
        "```text",
        help_text().rstrip(),
        "```",
    ]
    for command in COMMANDS:
        help_lines = parser_of(command).format_help().rstrip()
        parts += ["", f"## assetgen {command.name}", "", "```text", help_lines, "```"]
    return "\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the page and return the exit code."""
    text = reference()
    if arguments == ["--check"]:
        if REFERENCE.exists() and REFERENCE.read_text("utf-8") == text:
            return 0
        print(f"{REFERENCE.name} is out of date: run python scripts/write_commands.py")
        return 1
    REFERENCE.parent.mkdir(parents=True, exist_ok=True)
    REFERENCE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
