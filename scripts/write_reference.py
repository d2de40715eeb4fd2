"""Writes `docs/reference/spec.md` from the schema of the spec language.

python scripts/write_reference.py           # write it
python scripts/write_reference.py --check   # exit 1 if it is not up to date
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "schemas" / "assets.schema.json"
PAGE = ROOT / "docs" / "reference" / "spec.md"

# Title, path into the schema, and what to say before the table.
SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("Top level", "", "Keys of `assets.yaml`. Unknown keys are errors everywhere."),
    (
        "Included files",
        "included",
        "A file that `include` names holds these keys only; asset names are global.",
    ),
    ("Target", "target", "An entry of `targets`."),
    ("Profile", "profile", "An entry of `profiles`, chosen with `--profile NAME`."),
    ("Budget", "budget", ""),
    ("Cache", "cache", ""),
    (
        "Asset",
        "asset",
        (
            "Exactly one source: `prompt`, `variations_of`, `file`, `layers` or `sheet` (a "
            "`prompt` may steer `variations_of`). Names are small letters, digits, `_`, `.` "
            "and `-`, in segments joined by `/`, at most 128 characters."
        ),
    ),
    (
        "Reference to a picture",
        "ref",
        (
            "An asset's name, or a map. In `inputs` and `frames` a glob over asset names "
            "stands for all matches, in the order of the spec."
        ),
    ),
    (
        "Request parameters",
        "parameters",
        "In `defaults`, in a profile's `set`, and in an asset.",
    ),
    ("Layer", "layer", "An entry of `layers`, bottom to top."),
    ("Sheet", "sheet", ""),
    (
        "Mask",
        "mask",
        (
            "An asset's name alone means that picture's own transparency: what is "
            "transparent is edited. Lengths are pixels or percentages."
        ),
    ),
    ("Extend", "extend", ""),
    ("Checks", "checks", ""),
    (
        "Matrix",
        "matrix",
        (
            "Every other key is a name with its list of values: scalars, or maps with an "
            "`id` (`${item}` is the `id`, `${item.text}` another field)."
        ),
    ),
    (
        "Steps",
        "step",
        (
            "An entry of `process` is a map with one of these keys, or the bare name of a "
            "step that needs no arguments."
        ),
    ),
    ("Output", "output", "An entry of `outputs`; a path alone is `{path: …}`."),
)


class Schema:
    """The schema, with references followed."""

    def __init__(self, value: dict[str, Any]) -> None:
        """Keep the whole schema."""
        self.value = value

    def follow(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return a node with what it refers to; its own words win."""
        if "$ref" not in node:
            return node
        target = self.follow(self.value["$defs"][node["$ref"].rpartition("/")[2]])
        return {**target, **{key: node[key] for key in node if key != "$ref"}}

    def part(self, name: str) -> dict[str, Any]:
        """Return a definition; the whole schema for an empty name."""
        return self.follow(self.value["$defs"][name]) if name else self.value

    def fields(self, node: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the properties of a map, or of all forms that are maps."""
        found = dict(node.get("properties", {}))
        for branch in node.get("anyOf", ()):
            found.update(self.fields(self.follow(branch)))
        return found

    def kind(self, node: dict[str, Any]) -> str:
        """Return what a value may be, in a few words."""
        node = self.follow(node)
        if "title" in node:
            return str(node["title"])
        if "const" in node:
            return f"`{flow(node['const'])}`"
        if "anyOf" in node:
            kinds = dict.fromkeys(map(self.kind, node["anyOf"]))
            kinds.pop("a template", None)
            return ", or ".join(kinds)
        if "enum" in node:
            return ", ".join(f"`{each}`" for each in node["enum"])
        words = {
            "string": "text",
            "integer": "whole number",
            "number": "number",
            "boolean": "true or false",
            "object": "map",
            "array": "list",
        }
        kind = words.get(node.get("type", ""), "any plain data")
        low = node.get("minimum", node.get("exclusiveMinimum"))
        if low is not None and "maximum" in node and node["maximum"] <= 1000:
            kind += f", {flow(low)} to {flow(node['maximum'])}"
        return kind


def flow(value: Any) -> str:
    """Return a value in one line of YAML."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {flow(value[key])}' for key in value)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str):
        plain = (
            value
            and value[0] not in "#*&!%@`\"'{[|>-?0123456789"
            and value
            not in (
                "true",
                "false",
                "null",
            )
        )
        return value if plain and not set(value) & set(",:{}[]#") else json.dumps(value)
    return json.dumps(value)


def cell(text: str) -> str:
    """Return a text that stays in its cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(schema: Schema, node: dict[str, Any]) -> list[str]:
    """Return the table of a map's fields."""
    required = set(node.get("required", ()))
    lines = ["| key | value | default | meaning | example |", "| --- " * 5 + "|"]
    for name, raw in schema.fields(node).items():
        field = schema.follow(raw)
        default = f"`{flow(field['default'])}`" if "default" in field else ""
        if name in required:
            default = "required"
        row = (
            f"`{name}`",
            schema.kind(raw),
            default,
            field["description"],
            f"`{name}: {flow(field['examples'][0])}`",
        )
        lines.append("| " + " | ".join(map(cell, row)) + " |")
    return lines


def steps(schema: Schema, node: dict[str, Any]) -> list[str]:
    """Return one table of steps, and one of the arguments of each step that has some."""
    fields = schema.fields(node)
    lines = ["| step | does | examples |", "| --- | --- | --- |"]
    for name, field in fields.items():
        examples = ", ".join(f"`{name}: {flow(each)}`" for each in field["examples"])
        lines.append(f"| `{name}` | {cell(field['description'])} | {cell(examples)} |")
    for name, field in fields.items():
        if schema.fields(field):
            lines += ["", f"### `{name}`", "", *table(schema, field)]
    return lines


def page() -> str:
    """Return the whole page."""
    schema = Schema(json.loads(SCHEMA.read_text("utf-8")))
    lines = [
        "# The spec, field by field",
        "",
        "<!-- Written by scripts/write_reference.py from schemas/assets.schema.json. -->",
        "",
        "Editors show the same texts if line 1 of a spec names the schema:",
        "`# yaml-language-server: $schema=schemas/assets.schema.json`",
        "(`assetgen schema assets` prints it).",
    ]
    for title, name, intro in SECTIONS:
        node = schema.part(name)
        lines += ["", f"## {title}", ""]
        lines += [intro, ""] if intro else []
        lines += steps(schema, node) if name == "step" else table(schema, node)
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the page; return the exit code."""
    text = page()
    if "--check" in arguments:
        if PAGE.is_file() and PAGE.read_text("utf-8") == text:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is not up to date: run {Path(__file__).name}")
        return 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
