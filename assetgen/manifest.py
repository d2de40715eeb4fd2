"""A target's manifest as text: which files assetgen wrote there, and what they are.

Pure. The text has one file a line, sorted, so that diffs read well; it is put together
from one JSON fragment per file, so that an unchanged file's fragment can be kept and
a manifest of 30,000 files costs a sort and a join. Paths are relative to the manifest's
folder, with forward slashes. Games and websites read this file: its fields only grow.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assetgen.digest import Digest
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import AssetName, Json

MANIFEST_VERSION: Final = 1

_text = json.JSONEncoder(ensure_ascii=False).encode
_BORDER: Final = ',\n"assets": {'
SHA_SIGN: Final = '"sha256": "'


class FileEntry(Value, kw_only=True):
    """One file of a target.

    Attributes:
        asset: Name of the asset that declares it.
        sha256: Of the file's bytes.
        bytes: The file's length.
        width: In px; None for files that are no picture.
        height: The same.
        format: The usual suffix: png, jpg, webp, ...; ``json`` for data files.
        draw: Digest of the picked draw; None where no draw is in the picture.
        placeholder: Whether the picture is, or was made from, a placeholder.
        picked: Of an asset each draw of which has a file, whether this one's is the
            asset's picture; None for all others.
        preset: The built-in preset that the file belongs to; None for none.
        about: Further fields that the preset says of the file.
    """

    asset: AssetName
    sha256: Digest
    bytes: int
    width: int | None
    height: int | None
    format: str
    draw: Digest | None = None
    placeholder: bool = False
    picked: bool | None = None
    preset: str | None = None
    about: Mapping[str, Json] = field(default_factory=dict)


class CompanionEntry(Value, kw_only=True):
    """A file that belongs to no asset alone: typed names, a list of icons.

    Attributes:
        kind: What it is for, see `assetgen.companions`.
        sha256: Of the file's bytes.
        bytes: The file's length.
        format: Its suffix.
        shared: Whether somebody else's content is in it, too; then it is never removed.
    """

    kind: str
    sha256: Digest
    bytes: int
    format: str
    shared: bool = False


class AssetEntry(Value, kw_only=True):
    """One asset of a target.

    Attributes:
        files: Its paths, in the order of its outputs.
        srcset: By format, the value of a `srcset` attribute; empty without widths.
        picture: An HTML `<picture>` snippet; empty if there is none.
        more: Further fields.
    """

    files: tuple[str, ...]
    alt: str | None = None
    srcset: Mapping[str, str] = field(default_factory=dict)
    picture: str = ""
    more: Mapping[str, Json] = field(default_factory=dict)


class Manifest(Value):
    """What a manifest on disk says.

    Attributes:
        owned: Path to the digest that was written there, but for files that others
            write to as well.
        entries: Path to all fields of the file, as they stand.
        assets: Asset's name to all its fields.
        problem: Why the manifest could not be read, one sentence in lower case; then
            `owned` and `entries` are empty. None if it could.
    """

    owned: Mapping[str, Digest]
    entries: Mapping[str, Mapping[str, Json]]
    problem: str | None = None
    assets: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)


def file_fragment(entry: FileEntry) -> str:
    """Return the JSON of one file: its value in ``files``, on one line."""
    parts: dict[str, Json] = {
        "asset": entry.asset,
        "sha256": entry.sha256,
        "bytes": entry.bytes,
        "width": entry.width,
        "height": entry.height,
        "format": entry.format,
        "draw": entry.draw,
        "placeholder": entry.placeholder,
    }
    if entry.picked is not None:
        parts["picked"] = entry.picked
    if entry.preset is not None:
        parts["preset"] = entry.preset
    return _text({**parts, **entry.about})


def companion_fragment(entry: CompanionEntry) -> str:
    """Return the JSON of a companion: its value in ``files``, on one line."""
    parts: dict[str, Json] = {
        "asset": None,
        "sha256": entry.sha256,
        "bytes": entry.bytes,
        "width": None,
        "height": None,
        "format": entry.format,
        "draw": None,
        "placeholder": False,
        "companion": entry.kind,
    }
    if entry.shared:
        parts["shared"] = True
    return _text(parts)


def asset_fragment(entry: AssetEntry) -> str:
    """Return the JSON of one asset: its value in ``assets``, on one line."""
    parts: dict[str, Json] = {"files": list(entry.files)}
    if entry.alt is not None:
        parts["alt"] = entry.alt
    if entry.srcset:
        parts["srcset"] = dict(sorted(entry.srcset.items()))
    if entry.picture:
        parts["picture"] = entry.picture
    return _text({**parts, **entry.more})


def row_of(name: str, fragment: str) -> str:
    """Return the line of a file or an asset in a manifest, without the comma."""
    return f"{_text(name)}: {fragment}"


def manifest_text(files: Mapping[str, str], assets: Mapping[str, str]) -> str:
    """Return a manifest's text.

    Args:
        files: Path to the file's row, see `row_of`.
        assets: Asset's name to its row.
    """
    head = f'{{\n"manifest": {MANIFEST_VERSION},\n'
    return f'{head}"files": {_rows(files)},\n"assets": {_rows(assets)}\n}}\n'


def _rows(rows: Mapping[str, str]) -> str:
    """Return a JSON object with one entry a line, sorted."""
    if not rows:
        return "{}"
    return "{\n" + ",\n".join([rows[name] for name in sorted(rows)]) + "\n}"


def parse_manifest(text: str | bytes) -> Manifest:
    """Return what a manifest says; an unreadable one owns nothing and says why.

    Single entries of another form are passed over: those files count as not ours.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Manifest({}, {}, "it is not JSON")
    if not isinstance(data, dict) or "manifest" not in data:
        return Manifest({}, {}, "it is not a manifest")
    if data["manifest"] != MANIFEST_VERSION:
        return Manifest({}, {}, f"its version {data['manifest']!r} is not known here")
    files = data.get("files")
    if not isinstance(files, dict):
        return Manifest({}, {}, "it lists no files")
    entries = {
        path: entry
        for path, entry in files.items()
        if isinstance(entry, dict) and isinstance(entry.get("sha256"), str)
    }
    owned = {
        path: Digest(entry["sha256"])
        for path, entry in entries.items()
        if not entry.get("shared")
    }
    listed = data.get("assets")
    assets = {
        name: entry
        for name, entry in (listed.items() if isinstance(listed, dict) else ())
        if isinstance(entry, dict)
    }
    return Manifest(owned, entries, None, assets)


def rows_of(text: str) -> tuple[dict[str, str], dict[str, str]] | None:
    """Return the rows of the files and of the assets that a manifest holds.

    None unless the text is as `manifest_text` writes it.
    """
    start = f'{{\n"manifest": {MANIFEST_VERSION},\n"files": '
    files, _, assets = text.partition(',\n"assets": ')
    if not files.startswith(start) or not assets.endswith("\n}\n"):
        return None
    try:
        return _by_name(files[len(start) :]), _by_name(assets[: -len("\n}\n")])
    except ValueError:
        return None


def _by_name(text: str) -> dict[str, str]:
    """Return the rows of what `_rows` wrote, by name."""
    if text == "{}":
        return {}
    if not (text.startswith("{\n") and text.endswith("}\n}")):
        raise ValueError(text[:40])
    rows = text[2:-2].split(",\n")
    found = {row[1 : row.index('": {"')]: row for row in rows}
    if "\\" in text:
        return {str(json.loads(f'"{name}"')): row for name, row in found.items()}
    return found


def find_row(text: str, name: str, start: int = 0) -> tuple[int, int] | None:
    """Return where the row of `name` begins and ends in a manifest's text.

    Args:
        text: As `manifest_text` writes it.
        name: Of a file or an asset.
        start: Where to begin: the assets stand behind the files.
    """
    at = text.find(f"\n{_text(name)}: {{", start)
    if at < 0:
        return None
    end = text.index("\n", at + 1)
    return at + 1, end - 1 if text[end - 1] == "," else end


def patched(
    text: str, files: Mapping[str, str], assets: Mapping[str, str]
) -> str | None:
    """Return the text with some rows replaced; None if one of them is not in it.

    Args:
        text: As `manifest_text` writes it.
        files: Path to the file's new row.
        assets: Asset's name to its new row.
    """
    border = text.find(_BORDER)
    if border < 0:
        return None
    places: list[tuple[int, int, str]] = []
    for rows, start, end in ((files, 0, border), (assets, border, len(text))):
        for name, row in rows.items():
            place = find_row(text, name, start)
            if place is None or place[0] > end:
                return None
            places.append((*place, row))
    parts: list[str] = []
    done = 0
    for first, last, row in sorted(places):
        parts += (text[done:first], row)
        done = last
    return "".join((*parts, text[done:]))


def files_of(row: str) -> list[str]:
    """Return the paths in an asset's row."""
    files: list[str] = json.loads(row[row.index('": {"') + 3 :])["files"]
    return files


def sha256_of(row: str) -> Digest:
    """Return the digest in a file's row."""
    at = row.index(SHA_SIGN) + len(SHA_SIGN)
    return Digest(row[at : at + 64])
