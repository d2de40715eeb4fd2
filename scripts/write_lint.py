"""Writes docs/reference/lint.md from the table of lint rules.

Usage: python scripts/write_lint.py [--check]

With --check nothing is written; it ends with 1 if the file differs.
"""

from __future__ import annotations

import sys
from pathlib import Path

REFERENCE = Path(__file__).parent.parent / "docs" / "reference" / "lint.md"

HEAD = """\
# Lint rules

Written by `python scripts/write_lint.py` from the table of rules.

`assetgen check` says what is wrong. `assetgen check --strict` also warns of what is allowed and
would better be otherwise, and ends with 3 if anything is: a gate for CI. Each warning has the
name of its rule, as in `warning[lint:unused-var]`. `--format json` holds the same.

| rule | finds | why |
| --- | --- | --- |
"""
TAIL = """
## What is meant to be so

`assetgen check --strict --allow RULE` leaves a rule out; the flag may be repeated. A comment allows
what is meant to be so in one place, and is reviewed with it:

```yaml
version: 1
provider: placeholder
assets:
  # assetgen: allow unused-asset -- the next level needs it
  swamp:
    prompt: A swamp at night
  cat:
    prompt: A cat
    output_format: jpeg # assetgen: allow lossy-master
    outputs: [cat.png, cat.webp]
```

It stands above the line that the warning points to, or behind it; above the key of an asset, or of a
section like `assets:`, it is about all that is in there. Several rules are separated by commas, and
what follows `--` says why. A comment that names no rule is told, too, with the nearest name.
`assetgen fmt` keeps it where it belongs.
"""


def reference() -> str:
    """Return the whole page."""
    from assetgen.linting import RULES

    rows = (
        f"| `{rule.name}` | {rule.summary[0].upper()}{rule.summary[1:]}. | {rule.reason} |\n"
        for rule in RULES
    )
    return HEAD + "".join(rows) + TAIL


def main(arguments: list[str]) -> int:
    """Write or check the page and return the exit code."""
    text = reference()
    if arguments == ["--check"]:
        if REFERENCE.exists() and REFERENCE.read_text("utf-8") == text:
            return 0
        print(f"{REFERENCE.name} is out of date: run python scripts/write_lint.py")
        return 1
    REFERENCE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
