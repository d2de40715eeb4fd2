"""Files that two assets would write, or that an asset must not write.

Paths are compared as the most careless file system does; see `folded`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from assetgen.errors import ExitCode
from assetgen.resolve.findings import Findings, quoted
from assetgen.resolve.paths import split_suffix

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assetgen.resolve.link import Card, Pointer
    from assetgen.spans import Place

MAX_PROBLEMS = 1_000
"""Problems after which the checks end: one mistake in a preset reaches every asset."""


def folded(path: str) -> str:
    """Return a path as file systems compare it that ignore case and composition."""
    if path.isascii():
        return path.lower()
    plain = unicodedata.normalize("NFD", path).casefold()
    return unicodedata.normalize("NFC", plain)


class _Claim(NamedTuple):
    """Who has a path: an output of a card, or something that must stay."""

    path: str
    card: Card | None
    at: Pointer
    what: str


def check_files(
    cards: Sequence[Card],
    spec_files: Iterable[str],
    manifests: Iterable[str],
    found: Findings,
) -> None:
    """Report outputs that collide with each other or with files of the project.

    Args:
        cards: Of all assets, in spec order.
        spec_files: The spec, its included files and its lock.
        manifests: The targets' manifests and typed names.
        found: Gets the problems.
    """
    claims = _protected(cards, spec_files, manifests)
    if not _may_collide(cards, claims):
        return
    folders: dict[str, str] = {}
    told: set[tuple[object, ...]] = set()
    for card in cards:
        for path, position in card.outputs:
            key = path.lower() if path.isascii() else folded(path)
            claim = claims.get(key)
            if claim is not None:
                pair = (card.place, position, claim.card and claim.card.place, claim.at)
                if "*" not in path or pair not in told:
                    _report_taken(path, position, card, claim, found)
                told.add(pair)
                if len(found.problems) > MAX_PROBLEMS:
                    return
                continue
            claims[key] = _Claim(path, card, ("outputs", position), "")
            folders[key.rpartition("/")[0]] = key
    _check_folders(claims, folders, found)


def _may_collide(cards: Sequence[Card], claims: Mapping[str, _Claim]) -> bool:
    """Tell whether the outputs need a closer look; nearly always they do not."""
    paths = [path for card in cards for path, _ in card.outputs]
    lowered = "\n".join(paths).lower().split("\n") if paths else []
    keys = set(lowered)
    if len(keys) < len(paths) or not all(map(str.isascii, lowered)):
        return True
    folders = {key.rpartition("/")[0] for key in keys}
    waiting = list(folders)
    while waiting:
        above = waiting.pop().rpartition("/")[0]
        if above not in folders:
            folders.add(above)
            waiting.append(above)
    return not (
        keys.isdisjoint(claims)
        and folders.isdisjoint(keys)
        and folders.isdisjoint(claims)
    )


def _protected(
    cards: Sequence[Card], spec_files: Iterable[str], manifests: Iterable[str]
) -> dict[str, _Claim]:
    claims = {folded(path): _Claim(path, None, (), "the spec") for path in spec_files}
    for path in manifests:
        claims.setdefault(folded(path), _Claim(path, None, (), "a manifest"))
    for card in cards:
        for path, at in card.files:
            claims.setdefault(folded(path), _Claim(path, card, at, "an input"))
    return claims


def _report_taken(
    path: str, position: int, card: Card, claim: _Claim, found: Findings
) -> None:
    place = card.place.at("outputs", position)
    related: tuple[tuple[Place, str], ...] = ()
    if claim.card is not None:
        at = claim.card.place.at(*claim.at)
        related = ((at, f"named here as {claim.what}" if claim.what else "the other"),)
    if claim.what:
        found.error(
            "protected-output",
            f"{quoted(path)} cannot be an output: it is {claim.what} of the project",
            place,
            related=related,
            exit_code=ExitCode.REFUSED,
        )
    elif claim.path == path:
        found.error(
            "output-twice",
            f"{quoted(path)} is written twice",
            place,
            hint=_way_out(path),
            related=related,
        )
    else:
        found.error(
            "output-twice",
            f"{quoted(path)} and {quoted(claim.path)} are one file on some systems",
            place,
            hint="they differ only in case or in the way letters are composed",
            related=related,
        )


def _way_out(path: str) -> str:
    """Return what to write instead of a path that is taken."""
    stem, suffix = split_suffix(path)
    if suffix not in ("json", "tres"):
        return "give one of them another path"
    name = stem.rpartition("/")[2]
    return (
        "the data of a sheet lie beside its pictures: give one of the outputs another"
        f" path, or data of its own (`data: {name}-2.{suffix}`)"
    )


_NUMBERED = re.compile(r"-[0-9]+(\.[^./]+)$")


def check_pages(cards: Sequence[Card], found: Findings) -> None:
    """Report outputs that have the name of a sheet's page."""
    sheets = {
        folded(path): (card, position)
        for card in cards
        for path, position in card.outputs
        if "*" in path
    }
    if not sheets:
        return
    for card in cards:
        for path, position in card.outputs:
            series = _NUMBERED.sub(r"-*\1", path)
            sheet, at = sheets.get(folded(series), (None, 0))
            if series == path or sheet is None or sheet is card:
                continue
            found.error(
                "output-twice",
                f"{quoted(path)} may become a page of the sheet {quoted(sheet.name)}",
                card.place.at("outputs", position),
                hint="give it another path, or the sheet `pages: 1`",
                related=((sheet.place.at("outputs", at), "the sheet"),),
            )


def _check_folders(
    claims: Mapping[str, _Claim], folders: Mapping[str, str], found: Findings
) -> None:
    """Report outputs below a path that is a file itself."""
    clear: set[str] = {""}
    for folder, example in folders.items():
        above = folder
        while above not in clear:
            clear.add(above)
            claim = claims.get(above)
            if claim is not None:
                _report_folder(claims[example], claim, found)
            above = above.rpartition("/")[0]


def _report_folder(inner: _Claim, outer: _Claim, found: Findings) -> None:
    if inner.card is None:
        return
    related: tuple[tuple[Place, str], ...] = ()
    if outer.card is not None:
        related = ((outer.card.place.at(*outer.at), "the file"),)
    found.error(
        "output-below-file",
        f"{quoted(inner.path)} needs a folder where {quoted(outer.path)} is a file",
        inner.card.place.at(*inner.at),
        related=related,
    )
