"""What `assetgen diff` says of a shop, as data."""

from __future__ import annotations

import json
from typing import Any

from shops import Shop
from sketches import png

RED, BLUE = png(8, 8, 1), png(8, 8, 2)


def commit_all(shop: Shop, text: str = "x") -> None:
    """Commit everything that is not ignored."""
    shop.git("add", "-A")
    shop.git("commit", "-qm", text)


def diff_of(shop: Shop, *words: str, code: int = 0, **environ: str) -> dict[str, Any]:
    """Return what `assetgen diff` says, as data."""
    said = shop.run("diff", *words, "--format", "json", **environ)
    assert said.code == code, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def kinds_of(shop: Shop, *words: str, **environ: str) -> dict[str, str]:
    """Return the kind of change by asset."""
    changes = diff_of(shop, *words, **environ)["changes"]
    return {each["name"]: each["kind"] for each in changes}


def change_of(shop: Shop, name: str, *words: str) -> dict[str, Any]:
    """Return the change of one asset."""
    (found,) = [e for e in diff_of(shop, *words)["changes"] if e["name"] == name]
    return found


def fields_of(change: dict[str, Any]) -> dict[str, tuple[str | None, str | None, int]]:
    """Return old text, new text and line of each field."""
    return {e["name"]: (e["old"], e["new"], e["line"]) for e in change["fields"]}


def clone_of(shop: Shop, *words: str) -> Shop:
    """Return a clone, which has no store."""
    place = shop.root.parent / "clone"
    branch = shop.git("branch", "--show-current").strip()
    shop.git("checkout", "-q", "main")  # which origin/HEAD will stand for
    origin = shop.root.as_uri()
    shop.git("clone", "-q", "--branch", branch, *words, origin, str(place))
    return Shop(place)
