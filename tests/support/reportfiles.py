"""What stands in the files of a static report, read as its pages read it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]


def wall_of(folder: Path) -> Json:
    """Return the wall of a report."""
    wall: Json = block_of(folder)["wall"]
    return wall


def block_of(folder: Path) -> Json:
    """Return the data block of a report's page."""
    text = (folder / "index.html").read_text()
    found = re.search(r'id="assetgen-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    block: Json = json.loads(found[1])
    return block


def parts_of(folder: Path) -> list[Json]:
    """Return all parts of a report in their order."""
    parts = []
    for number in range(block_of(folder)["parts"]):
        text = (folder / f"data/{number}.js").read_text()
        found = re.fullmatch(rf"assetgenPart\({number}, (.*)\);\n", text, re.DOTALL)
        assert found is not None
        parts.append(json.loads(json.loads(found[1])))
    return parts


def pages_of(folder: Path) -> dict[str, Json]:
    """Return all pages of a report by the name of their asset."""
    pages = [each for part in parts_of(folder) for each in part["assets"].values()]
    return {page["row"]["name"]: page for page in pages}


def rows_of(folder: Path) -> dict[str, Json]:
    """Return the rows of a report's wall by name, in their order."""
    return {row["name"]: row for row in wall_of(folder)["assets"]}


def files_of(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by their path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
