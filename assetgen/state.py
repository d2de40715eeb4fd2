"""What the last build saw, in one file that the no-op path reads in one go.

The file has a head (which options, which files were read, with their stat figures), the
outputs' paths and stat figures in columns, and one line per asset (its row). `noop`
reads only the first two parts and needs nothing but `os`; `observe` reads the rows, too.

    assetgen state 1 HEAD-BYTES PATH-BYTES OUTPUTS ROW-BYTES ROW-CRC
    head      lines: program version, options, summary, settings, heads of the spec
              files (JSON), then one line per watched file: kind, size, mtime, ctime,
              digest, path, divided by tabs
    paths     the outputs' paths, one a line, relative to the project root
    figures   size, mtime, ctime of every output: 64-bit integers, native order
    rows      one line an asset: name, fingerprint, number of outputs, card, row

Stat figures stand for bytes only where they cannot be "racily clean": a file that was
changed in the same instant in which it was read could change again without a trace, so
its figures are written as -1, which never matches.
"""

from __future__ import annotations

import json
import os
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

from assetgen.digest import Digest, Identity, Key
from assetgen.model import AssetName
from assetgen.snapshot import Derived, Known, OutputRow, Row

if TYPE_CHECKING:
    from assetgen.model import Json

MAGIC: Final = "assetgen state 1"
GRANULARITY_NS: Final = 20_000_000
"""Two changes closer together than this may carry the same time stamp."""


class Figures(NamedTuple):
    """What `stat` says of a file; all -1 where nothing can be relied on."""

    size: int
    mtime_ns: int
    ctime_ns: int


NO_FILE: Final = Figures(-2, -2, -2)
UNSURE: Final = Figures(-1, -1, -1)


def figures_of(path: str | os.PathLike[str]) -> Figures:
    """Return the figures of a file, `NO_FILE` if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116  # the no-op path keeps off pathlib
    except (FileNotFoundError, NotADirectoryError):
        return NO_FILE
    return Figures(found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def settled(figures: Figures, began_ns: int) -> Figures:
    """Return `figures`, or `UNSURE` if the file changed since just before `began_ns`.

    Args:
        began_ns: A time before the file was read, in ns since the epoch.
    """
    if figures.ctime_ns > began_ns - GRANULARITY_NS:
        return UNSURE
    return figures


@dataclass(frozen=True, slots=True)
class Watched:
    """A file whose change makes the last build's result doubtful.

    Attributes:
        kind: ``spec``, ``input``, ``lock``, ``config`` or ``folder`` (of which only
            the time counts: entries came or went).
        path: Relative to the project root, or absolute for files outside it.
    """

    kind: str
    path: str
    figures: Figures
    digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetState:
    """An asset's line: its row, and what the rest of the spec must know of it.

    Attributes:
        card: How many assets the spec's entry stands for, and what links this one to
            others, as plain data (see `resolve.link`).
        figures: Of the outputs of `row`, in their order.
    """

    name: AssetName
    row: Row
    card: tuple[int, object]
    figures: tuple[Figures, ...]


class Rows(Mapping[AssetName, Row]):
    """The rows by asset name, decoded one by one when they are asked for."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        """Index `lines` by name without decoding them."""
        self._raw = list(lines)
        self._lines: dict[str, list[str]] = {}
        self._starts: dict[str, int] = {}
        self._decoded: dict[str, Row] = {}
        self._owners: list[tuple[str, int]] | None = None
        self._ends: list[int] | None = None
        self._cards: dict[str, tuple[int, list[object]]] | None = None
        at = 0
        for line in self._raw:
            columns = line.split("\t", 4)
            self._lines[columns[0]] = columns
            self._starts[columns[0]] = at
            at += int(columns[2])

    def __getitem__(self, name: AssetName) -> Row:
        """Return the row of an asset."""
        found = self._decoded.get(name)
        if found is None:
            columns = self._lines[name]
            found = _decode_row(columns[1], json.loads(columns[4]))
            self._decoded[name] = found
        return found

    def __iter__(self) -> Iterator[AssetName]:
        """Return the names in the order of the file."""
        return iter([AssetName(name) for name in self._lines])

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._lines)

    def __contains__(self, name: object) -> bool:
        """Return whether there is a row, without decoding it."""
        return name in self._lines

    def fingerprint(self, name: AssetName) -> str | None:
        """Return the fingerprint of a row without decoding it."""
        columns = self._lines.get(name)
        return columns[1] if columns else None

    def card(self, name: AssetName) -> tuple[int, list[object]]:
        """Return how many assets the entry stands for, and the plain data of the card."""
        if self._cards is None:
            # One call of the decoder for all is several times faster than one each.
            texts = ",".join(columns[3] for columns in self._lines.values())
            self._cards = dict(zip(self._lines, json.loads(f"[{texts}]"), strict=True))
        return self._cards[name]

    def outputs_at(self, name: AssetName) -> range:
        """Return where the asset's outputs stand in the columns of the file."""
        start = self._starts[name]
        return range(start, start + int(self._lines[name][2]))

    def owner_at(self, position: int) -> AssetName:
        """Return the asset of the output at a position in the columns of the file."""
        if self._owners is None:
            # Rows without outputs share their start with the next row: the last counts.
            self._owners = list(self._starts.items())
        at = bisect_right(self._owners, position, key=itemgetter(1))
        return AssetName(self._owners[at - 1][0])

    def positions(self) -> dict[str, int]:
        """Return each asset's position in the file."""
        return {name: at for at, name in enumerate(self._lines)}

    def lines(self, first: int, last: int) -> tuple[list[str], range]:
        """Return the lines from `first` up to before `last`, and where their outputs are.

        The outputs of neighbours are neighbours in the columns of the file.
        """
        lines = self._raw[first:last]
        starts = self.starts()
        return lines, range(starts[first], starts[last])

    def starts(self) -> list[int]:
        """Return where each row's outputs begin, and where the last row's end."""
        if self._ends is None:
            count = sum(int(columns[2]) for columns in self._lines.values())
            self._ends = [*self._starts.values(), count]
        return self._ends


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The whole file; rows are decoded when they are asked for.

    Attributes:
        settings: Hash of everything but the entries that decided the assets.
        heads: Values, without the assets, of spec files all of whose assets have rows
            that still stand.
    """

    version: str = ""
    options: str = ""
    summary: str = ""
    settings: str = ""
    heads: Mapping[str, dict[str, Json]] = field(default_factory=dict)
    watched: tuple[Watched, ...] = ()
    paths: tuple[str, ...] = ()
    figures: array[int] = field(default_factory=lambda: array("q"))
    rows: Rows = field(default_factory=Rows)


# --- reading and writing ------------------------------------------------------


def format_state(  # the parts of the file
    *,
    version: str,
    options: str,
    summary: str,
    settings: str,
    heads: Mapping[str, Mapping[str, Json]],
    watched: Iterable[Watched],
    lines: Iterable[tuple[Iterable[str], Iterable[str], array[int]]],
) -> bytes:
    """Return the bytes of a state file.

    Args:
        lines: For one or more assets their lines, outputs' paths and their figures.
    """
    head = [version, options, summary, settings, json.dumps(heads)]
    for each in watched:
        figures = "\t".join(str(figure) for figure in each.figures)
        head.append(f"{each.kind}\t{figures}\t{each.digest or '-'}\t{each.path}")
    paths: list[str] = []
    figures_column = array("q")
    rows: list[str] = []
    for some, outputs, figures_ in lines:
        rows.extend(some)
        paths.extend(outputs)
        figures_column.extend(figures_)
    head_bytes = "\n".join(head).encode("utf-8", "surrogateescape")
    path_bytes = "\n".join(paths).encode("utf-8", "surrogateescape")
    row_bytes = "\n".join(rows).encode("utf-8", "surrogateescape")
    sizes = (
        f"{len(head_bytes)} {len(path_bytes)} {len(paths)} "
        f"{len(row_bytes)} {crc32(row_bytes)}"
    )
    start = f"{MAGIC} {sizes}\n".encode()
    return b"".join(
        (start, head_bytes, path_bytes, figures_column.tobytes(), row_bytes)
    )


def parse_state(data: bytes) -> State | None:
    """Return the state that `data` holds; None if it is torn, foreign or garbage."""
    try:
        start, _, rest = data.partition(b"\n")
        words = start.decode("ascii").split()
        if " ".join(words[:3]) != MAGIC:
            return None
        head_size, path_size, count, row_size, checksum = map(int, words[3:])
        if len(rest) != head_size + path_size + 24 * count + row_size:
            return None
        head = rest[:head_size].decode("utf-8", "surrogateescape").split("\n")
        at = head_size
        paths = rest[at : at + path_size].decode("utf-8", "surrogateescape")
        at += path_size
        figures = array("q", rest[at : at + 24 * count])
        row_bytes = rest[at + 24 * count :]
        if crc32(row_bytes) != checksum:
            return None
        rows = row_bytes.decode("utf-8", "surrogateescape")
        return State(
            version=head[0],
            options=head[1],
            summary=head[2],
            settings=head[3],
            heads=json.loads(head[4]),
            watched=tuple(_parse_watched(line) for line in head[5:]),
            paths=tuple(paths.split("\n")) if paths else (),
            figures=figures,
            rows=Rows(rows.split("\n") if rows else ()),
        )
    except (ValueError, IndexError, KeyError):
        return None


def _parse_watched(line: str) -> Watched:
    kind, size, mtime_ns, ctime_ns, digest, path = line.split("\t", 5)
    figures = Figures(int(size), int(mtime_ns), int(ctime_ns))
    return Watched(kind, path, figures, None if digest == "-" else Digest(digest))


def format_line(asset: AssetState) -> tuple[str, list[str], array[int]]:
    """Return what `format_state` takes for an asset."""
    row = asset.row
    body = json.dumps(_encode_row(row), separators=(",", ":"), ensure_ascii=False)
    card = json.dumps(asset.card, separators=(",", ":"), ensure_ascii=False)
    line = f"{asset.name}\t{row.fingerprint}\t{len(row.outputs)}\t{card}\t{body}"
    column = array("q", [figure for each in asset.figures for figure in each])
    return line, [each.path for each in row.outputs], column


def _encode_row(row: Row) -> Json:
    known = row.known
    outputs: list[Json] = [_encode_output(each) for each in row.outputs]
    return [
        row.key,
        row.checks,
        [list(known.images), list(known.draws), known.pick, list(known.provenance)],
        outputs,
    ]


def _encode_output(out: OutputRow) -> Json:
    derived = out.derived
    figures: list[Json] = [derived.bytes, derived.width, derived.height]
    return [out.path, out.key, derived.sha256, *figures]


def _decode_row(fingerprint: str, data: Any) -> Row:
    """Return the row that `_encode_row` wrote; the file's own checks guard the form."""
    key, checks, known, outputs = data
    images, draws, pick, provenance = known
    return Row(
        fingerprint=fingerprint,
        key=Key(str(key)) if key else None,
        checks=Key(str(checks)) if checks else None,
        known=Known(
            images=tuple(Identity(each) for each in images),
            draws=tuple(Digest(each) for each in draws),
            pick=int(pick),
            provenance=tuple(provenance),
        ),
        outputs=tuple(
            OutputRow(
                path=path,
                key=Key(okey),
                derived=Derived(Digest(sha), int(size), int(width), int(height)),
            )
            for path, okey, sha, size, width, height in outputs
        ),
    )
