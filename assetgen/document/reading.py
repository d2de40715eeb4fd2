"""Whole files and pieces of files to plain values, or to all of their faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.document.build import Builder
from assetgen.document.collector import collector_paused
from assetgen.document.events import fault_of, open_events
from assetgen.document.limits import DEFAULT, Broken, Fault, Limits
from assetgen.document.places import first_keys
from assetgen.document.text import decode, diagnostic
from assetgen.errors import SpecInvalid

if TYPE_CHECKING:
    from assetgen.model import Json


def parse(data: bytes, path: str, limits: Limits = DEFAULT) -> Json:
    """Return the value of a spec file as plain data; None for an empty file.

    Args:
        data: The file's bytes.
        path: For messages: relative to the project root, forward slashes.
        limits: Bounds on size and depth.

    Raises:
        SpecInvalid: With everything that was found, sorted by position.
    """
    text = decode(data, path, limits)
    value, faults = _read(text, limits)
    if faults:
        faults.sort(key=lambda fault: fault.start)
        raise SpecInvalid(tuple(diagnostic(each, text, path) for each in faults))
    return value


def parse_chunk(chunk: str, limits: Limits = DEFAULT) -> tuple[str, Json] | None:
    """Return key and value of a piece that `split_entries` cut.

    None if the piece is anything but one pair that means the same alone as in its
    file; the caller then reads the whole file, which also words the errors.
    """
    events = open_events(chunk)
    builder = Builder(events, chunk, limits, chunk=True)
    try:
        value = builder.document()
    except (Broken, events.error):
        return None
    if builder.faults or builder.duplicates:
        return None
    if not isinstance(value, dict) or len(value) != 1:
        return None
    return next(iter(value.items()))


def _read(text: str, limits: Limits, *, pure: bool = False) -> tuple[Json, list[Fault]]:
    """Return the value of a text and what is wrong with it."""
    events = open_events(text, pure=pure)
    builder = Builder(events, text, limits, chunk=False)
    value: Json = None
    last: Fault | None = None
    try:
        with collector_paused():
            value = builder.document()
    except Broken as broken:
        last = broken.fault
    except events.error as error:
        last = fault_of(error, text)
    faults = builder.faults
    if builder.duplicates:
        faults += _duplicate_keys(builder, text, limits)
    if last is not None and last not in faults:
        faults.append(last)
    return value, faults


def _duplicate_keys(builder: Builder, text: str, limits: Limits) -> list[Fault]:
    """Return a fault for each duplicate key, with the place of the first one."""
    firsts = first_keys(
        text, limits, {(map_, key) for map_, key, *_ in builder.duplicates}
    )
    faults = []
    for map_start, key, start, end in builder.duplicates:
        first = firsts.get((map_start, key))
        faults.append(
            Fault(
                "duplicate-key",
                f"the key `{key}` stands here a second time",
                start,
                end,
                hint="keys of a map are unique: rename or remove one",
                related=((*first, "first here"),) if first else (),
            )
        )
    return faults
