"""`frozen: true` written into a spec, or taken out again, by an edit of its text.

One line comes, goes or changes, and everything else stays as people wrote it. The edit is
trusted only if the file then means what it meant, but for that one field of that one
entry; where that cannot be had, the reader is told what to write instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assetgen import document
from assetgen.digest import digest_of
from assetgen.errors import AssetgenError, ChangesPending, SpecInvalid, UsageError
from assetgen.files import contain, read_contained, write_atomically
from assetgen.model import Drawn
from assetgen.sources import LIMIT_BYTES
from assetgen.values import Value

if TYPE_CHECKING:
    from assetgen.model import AssetName, Json
    from assetgen.world import Planned

_KEY_LINE: Final = re.compile(
    r"""( +)(?:"[^"\\]*"|'[^']*'|[^\s"'#\[\]{},&*!|>%@`][^:\n]*):(?:[ ]+(.*))?"""
)
_FROZEN_LINE: Final = re.compile(r"( +)frozen:[ ]+\w+([ ]+#.*)?")
_FIRST_IN_FLOW: Final = re.compile(r"\{\s*frozen:\s*\w+\s*(?:,\s*|(?=\}))")
_LATER_IN_FLOW: Final = re.compile(r"\s*,\s*frozen:\s*\w+(?=\s*[,}])")


class Frozen(Value):
    """What was written.

    Attributes:
        file: Of the spec.
        line: That came, went or changed, from 1.
    """

    file: str
    line: int


class NotEditable(AssetgenError):
    """The spec's text is of a kind that is not edited here.

    Attributes:
        yaml: What to write by hand.
    """

    code = "not-editable"

    def __init__(self, message: str, yaml: str) -> None:
        """Keep the reason and the way out."""
        super().__init__(message, hint="write it into the spec by hand")
        self.yaml = yaml


def freeze(planned: Planned, name: AssetName, *, frozen: bool) -> Frozen:
    """Write into the spec that an asset is frozen, or that it is not.

    Args:
        planned: The plan of the spec as it is on disk.
        name: The asset's.
        frozen: What is to hold.

    Raises:
        UsageError: Nobody draws the asset, or it is as it is to be already.
        ChangesPending: It is not in the lock, so there is nothing to keep; or the spec
            has changed in between.
        NotEditable: The text cannot be edited here.
        DiskRefused: The file cannot be read or written.
    """
    asset = planned.loaded.assets[name]
    source = asset.source
    if not isinstance(source, Drawn):
        raise UsageError(f"`{name}` is not drawn, so there is nothing to freeze")
    if source.frozen is frozen:
        raise UsageError(f"`{name}` is {'frozen' if frozen else 'not frozen'} already")
    if frozen:
        _require_lock(planned, name, source)
    key = str(asset.place.pointer[1])
    yaml = f"{key}:\n  frozen: {'true' if frozen else 'false'}\n"
    if planned.loaded.cards[name].key != name:
        raise NotEditable(
            f"the entry `{key}` stands for several assets, and all would be frozen",
            yaml,
        )
    file, root = asset.place.file, planned.world.options.root
    data = read_contained(root, file, limit_bytes=LIMIT_BYTES)
    before = next(each for each in planned.loaded.text.files if each.path == file)
    if data is None or digest_of(data) != before.digest:
        raise ChangesPending(f"{file} has changed in between", hint="try once more")
    edited = edited_text(data, file, key, frozen=frozen)
    if edited is None:
        raise NotEditable(f"the entry of `{name}` is not written in a plain way", yaml)
    text, line = edited
    place = contain(root, file).resolve()  # a link to the spec stays one
    mode = place.stat().st_mode & 0o777
    write_atomically(place, text.encode(), durable=True, mode=mode, what="spec")
    return Frozen(file, line)


def _require_lock(planned: Planned, name: AssetName, source: Drawn) -> None:
    facts = planned.snapshot.providers[source.provider]
    if facts.deterministic and not facts.paid:
        raise UsageError(
            f"`{name}` is drawn by `{source.provider}`, which draws the same picture "
            "each time, so there is nothing to keep"
        )
    if name not in planned.world.lock:
        raise ChangesPending(
            f"`{name}` is not in the lock, so there is no picture to keep",
            hint=f"`assetgen build {name}` draws it",
        )


def edited_text(
    data: bytes, file: str, key: str, *, frozen: bool
) -> tuple[str, int] | None:
    """Return a spec file's text with one entry frozen or not, and the line's number.

    None where that cannot be done without touching anything else.

    Args:
        data: The file as it is; valid.
        file: Its name, for nothing but messages.
        key: Of the entry under `assets`.
        frozen: What is to hold.
    """
    try:
        before = document.parse(data, file)
        text = document.decode(data, file)
        split = document.split_entries(text)
    except SpecInvalid:
        return None
    if split is None or data.startswith(b"\xef\xbb\xbf"):
        return None
    for first, piece in split.entries:
        pair = document.parse_chunk(piece)
        if pair is None or pair[0] != key:
            continue
        edited = _edited_piece(piece, frozen=frozen)
        if edited is None:
            return None
        new_piece, offset = edited
        lines = text.split("\n")
        count = piece.count("\n")
        end = first - 1 + count
        after = "\n".join(lines[end:]) if piece.endswith("\n") else ""
        head = "".join(f"{line}\n" for line in lines[: first - 1])
        whole = head + new_piece + after
        good = _means(whole, file, before, key, frozen=frozen)
        return (whole, first + offset) if good else None
    return None


def _means(text: str, file: str, before: Json, key: str, *, frozen: bool) -> bool:
    """Return whether a text means what another did, but for the one field."""
    try:
        after = document.parse(text.encode(), file)
    except SpecInvalid:
        return False
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    old, new = before.get("assets"), after.get("assets")
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    was, is_ = old.get(key), new.get(key)
    if not isinstance(was, dict) or not isinstance(is_, dict):
        return False
    if bool(is_.get("frozen", False)) is not frozen:
        return False
    rest = {name: each for name, each in is_.items() if name != "frozen"}
    kept = {name: each for name, each in was.items() if name != "frozen"}
    same_head = {**before, "assets": 0} == {**after, "assets": 0}
    others = {**old, key: 0} == {**new, key: 0}
    return same_head and others and rest == kept and list(old) == list(new)


def _edited_piece(piece: str, *, frozen: bool) -> tuple[str, int] | None:
    """Return an entry's text with the field, and which of its lines is concerned."""
    lines = piece.split("\n")
    for at, line in enumerate(lines):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _KEY_LINE.fullmatch(line)
        if match is None:
            return None
        value = (match.group(2) or "").strip()
        if value.startswith("{"):
            edited = _edited_flow(line, frozen=frozen)
            if edited is None:
                return None
            lines[at] = edited
            return "\n".join(lines), at
        if value and not value.startswith("#"):
            return None
        return _edited_block(lines, at, frozen=frozen)
    return None


def _edited_flow(line: str, *, frozen: bool) -> str | None:
    """Return ``key: {...}`` with the field first, or without it."""
    bare = _LATER_IN_FLOW.sub("", _FIRST_IN_FLOW.sub("{", line, count=1), count=1)
    if not frozen:
        return bare if bare != line else None
    start = bare.index("{") + 1
    rest = bare[start:].lstrip()
    gap = "" if rest.startswith("}") else ", "
    return f"{bare[:start]}frozen: true{gap}{rest}"


def _edited_block(lines: list[str], at: int, *, frozen: bool) -> tuple[str, int] | None:
    """Return an entry of several lines with the field below its key, or without it."""
    inner = next(
        (x for x in lines[at + 1 :] if x.strip() and not x.lstrip().startswith("#")),
        None,
    )
    if inner is None:
        return None
    indent = inner[: len(inner) - len(inner.lstrip())]
    for number in range(at + 1, len(lines)):
        found = _FROZEN_LINE.fullmatch(lines[number])
        if found is not None and found.group(1) == indent:
            comment = found.group(2) or ""
            if frozen:
                lines[number] = f"{indent}frozen: true{comment}"
            else:
                del lines[number]
            return "\n".join(lines), number
    if not frozen:
        return None
    lines.insert(at + 1, f"{indent}frozen: true")
    return "\n".join(lines), at + 1
