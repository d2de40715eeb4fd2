"""`assetgen report` and the html form of `diff`: the gallery as files that open from disk.

    plan, ledger, journals -> rows of the wall            wall
    difference -> what became of each asset               against
    pages, part by part -> pictures, small copies         asset_page, carrying
    wall, parts, joined pages -> the folder               report_folder, pages.joining

Nobody is asked and nothing is drawn. Nothing is written but the folder: what would be
worth remembering in the memo is worked out again.
"""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import TYPE_CHECKING, Final

from assetgen import project
from assetgen.errors import AssetgenError, Diagnostic
from assetgen.gallery.against import against_of, removed_page, removed_row
from assetgen.gallery.asset_page import Surroundings, page_of
from assetgen.gallery.carrying import Carrier, Wish, tables_of
from assetgen.gallery.commits import LastCommit
from assetgen.gallery.faces import Faces
from assetgen.gallery.picture_table import PictureTable
from assetgen.gallery.problems import entries_of, problems_data
from assetgen.gallery.report_folder import ReportFolder, require_ours
from assetgen.gallery.wall import Circumstances, asset_id, wall_of
from assetgen.graph import select
from assetgen.history import all_calls
from assetgen.locating import lines_of
from assetgen.memo import Memo
from assetgen.pages.joining import FOLDER, joined_script, static_index, static_part
from assetgen.runs import Runs, read_to_end
from assetgen.sources import spec_reader
from assetgen.values import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path
    from typing import Any

    from assetgen.costs import Call
    from assetgen.differences import Side
    from assetgen.diffing import Review
    from assetgen.model import AssetName, Json
    from assetgen.world import Options, Planned

ASSETS_A_PART: Final = 64
"""Assets whose pages are loaded at once; a part has about a hundred kilobytes."""

_MANY: Final = 2_000
"""From so many assets on, an asset's history leaves out calls under other names."""

_MOST_TEXT: Final = 2_000


class Written(Value, kw_only=True):
    """What a report came to.

    Attributes:
        page: The file to open.
        assets: On its wall.
        pictures: That it holds.
        missing: Pictures that could not be had.
        files: That had to be written.
        bytes: Of the whole folder.
    """

    page: Path
    assets: int
    pictures: int
    missing: int
    files: int
    bytes: int


def write_report(
    options: Options, folder: Path, base: str | None, environ: Mapping[str, str]
) -> Written:
    """Write the gallery of a project into a folder.

    Args:
        options: Its names say which assets; without any, all.
        folder: New, empty, or an earlier report.
        base: A git revision to put beside it; None for none.
        environ: The process's.

    Raises:
        UsageError: The folder holds something else; no such asset or revision.
        SpecInvalid: The spec is wrong.
        DiskRefused: A file cannot be read or written.
    """
    from assetgen.diffing import reviewed

    require_ours(folder)
    if base is None:
        return _Report(options, None).write(folder)
    with reviewed(options, base, environ) as review:
        return _Report(options, review).write(folder)


def write_difference(options: Options, review: Review, folder: Path) -> Written:
    """Write the assets that differ, and nothing else, into a folder; as `write_report`."""
    require_ours(folder)
    return _Report(options, review, only_changed=True).write(folder)


class _Unwritten(Memo):
    """A memo that is read and never written."""

    def _enqueue(self, key: str, value: str | bytes) -> None:
        """Forget it."""


class _NoCommit(LastCommit):
    """Where pages compare with another revision already."""

    def changes(self, planned: Planned, name: AssetName) -> list[Json] | None:
        """Return None."""
        del planned, name
        return None


class _Report:
    """One report on its way."""

    def __init__(
        self, options: Options, review: Review | None, *, only_changed: bool = False
    ) -> None:
        self._review = review
        self._against = against_of(review.difference) if review is not None else None
        self._only_changed = only_changed
        names, plain = options.names, replace(options, names=(), tags=(), targets=())
        self._planned = project.make(plain)
        root, world = plain.root, self._planned.world
        self._workers = options.workers or os.cpu_count() or 1
        self._memo = _Unwritten(root / ".assetgen" / "memo")
        self._table = PictureTable(root, world.store, self._memo)
        self._sides = _sides_of(review)
        self._calls = _calls_of(self._planned)
        self._own_calls = _by_asset(self._calls)
        self._around = _around(root, self._own_calls)
        self._names = self._chosen(names)
        self._named = {asset_id(name): name for name in self._names}
        self._removed = (
            {asset_id(each.name): each for each in self._against.removed}
            if self._against is not None and not names
            else {}
        )
        self._rows = self._make_rows()
        self._given = self._surroundings()

    def _chosen(self, words: Sequence[str]) -> tuple[AssetName, ...]:
        """Return the assets that the report is about, in spec order."""
        graph = self._planned.loaded.graph
        chosen = set(select(graph, words).chosen)
        if self._only_changed and self._against is not None:
            chosen &= self._against.changes.keys()
        return tuple(name for name in graph.names if name in chosen)

    # --- the wall -----------------------------------------------------------------

    def _make_rows(self) -> list[dict[str, Json]]:
        self._wall = wall_of(self._planned, self._table, self._memo, self._around)
        rows: list[dict[str, Json]] = []
        for name in self._names:
            row = json.loads(self._wall.rows[name])
            rows.append(self._against.on_row(row, name) if self._against else row)
        return rows + [removed_row(each) for each in self._removed.values()]

    def _document(self) -> dict[str, Json]:
        graph = self._planned.loaded.graph
        at = {name: position for position, name in enumerate(self._names)}
        edges: list[Json] = [
            [at[need], at[name]]
            for name in self._names
            for need in graph.needs[name]
            if need in at
        ]
        spent = sum(self._around.paid_usd.values())
        to_spend = self._planned.plan.estimate_usd()
        whole = replace(self._wall, names=(), rows={}, states={}, edges=b"[]")
        states: dict[str, Json] = {}
        for row in self._rows:
            state = str(row["state"])
            count = states.get(state, 0)
            assert isinstance(count, int)
            states[state] = count + 1
        document: dict[str, Json] = json.loads(
            whole.document(
                {
                    "live": False,
                    "stamp": "report",
                    "base": self._against.base() if self._against else None,
                    "money": {
                        "session_usd": 0.0,
                        "spent_usd": round(spent, 6),
                        "cap_usd": None,
                        "left_usd": None,
                        "to_spend_usd": None
                        if to_spend is None
                        else round(to_spend, 6),
                    },
                    "diagnostics": self._problems(),
                }
            )
        )
        summary: Json = {"assets": len(self._rows), "by_state": states}
        return document | {"summary": summary, "assets": [*self._rows], "edges": edges}

    def _problems(self) -> list[Json]:
        notes = self._against.notes if self._against is not None else ()
        found = [Diagnostic("diff", text, severity="note") for text in notes]
        told = self._planned.diagnostics
        if not told:
            return problems_data(found)
        shown = {str(row["id"]) for row in self._rows}
        entry = entries_of(self._planned)

        def asset_at(file: str, line: int) -> str | None:
            asset = entry(file, line)
            return asset if asset in shown else None

        return problems_data([*found, *told], asset_at)

    # --- the folder ---------------------------------------------------------------

    def write(self, folder: Path) -> Written:
        """Write everything, and tell what it came to."""
        with self._memo, closing(self._planned.world.memo):  # pages ask it for facts
            return self._write(ReportFolder(folder), folder)

    def _write(self, place: ReportFolder, folder: Path) -> Written:
        carrier = Carrier(place, self._read, self._memo, self._workers)
        parts = max(1, -(-len(self._rows) // ASSETS_A_PART))
        thumbs: dict[str, str] = {}
        for number, rows in enumerate(_parted(self._rows, parts)):
            thumbs |= self._write_part(place, carrier, number, rows)
        data = {
            "wall": self._document(),
            "assets": {},
            "pictures": {},
            "thumbs": thumbs,
            "parts": parts,
        }
        title = self._planned.loaded.settings.project or "assetgen"
        place.write("app.js", joined_script().encode())
        place.write("app.css", (FOLDER / "app.css").read_bytes())
        place.write("index.html", static_index(data, title).encode())
        size = place.close()
        return Written(
            page=folder / "index.html",
            assets=len(self._rows),
            pictures=len(carrier.carried),
            missing=len(carrier.missing - carrier.carried),
            files=place.written,
            bytes=size,
        )

    def _write_part(
        self,
        place: ReportFolder,
        carrier: Carrier,
        number: int,
        rows: Sequence[dict[str, Json]],
    ) -> dict[str, str]:
        """Write the pages of some assets; return the small copies that the wall shows."""
        pages = {str(row["id"]): self._page(row) for row in rows}
        wishes: dict[str, Wish] = {}
        for page in pages.values():
            _wish_for(page, wishes)
        found = carrier.carry(wishes)
        full = {pic for pic, kept in found.items() if kept.file}
        for page in pages.values():
            _forget_files(page, full)
        part = {"assets": pages, **tables_of(found, wishes)}
        place.write(f"data/{number}.js", static_part(number, part).encode())
        on_wall = [str(row["thumb"]) for row in rows]
        return tables_of(found, on_wall)["thumbs"]

    def _read(self, pic: str) -> bytes | None:
        """Return a picture's bytes, wherever they are; None if they are nowhere."""
        if self._review is not None:
            for side in self._sides.get(pic, ()):
                data = self._review.picture_of(side)
                if data is not None:
                    return data
        return self._table.read(pic)

    # --- pages --------------------------------------------------------------------

    def _page(self, row: Mapping[str, Json]) -> dict[str, Json]:
        gone = self._removed.get(str(row["id"]))
        if gone is not None:
            return removed_page(gone)
        name = self._named[str(row["id"])]
        given = self._given
        if len(self._rows) > _MANY:
            given = replace(given, calls=self._own_calls.get(name, ()))
        page = page_of(self._planned, name, given)
        page["paintable"] = None  # nobody paints here
        if self._against is not None:
            page = self._against.on_page(page, name)
        if self._only_changed:
            changes = page["changes"]
            assert isinstance(changes, dict)
            # What a build would do here is not what the reader came for.
            page["changes"] = changes | {"since_build": []}
        return page

    def _surroundings(self) -> Surroundings:
        loaded = self._planned.loaded
        places = {card.place.key() for card in loaded.cards.values()}
        reader = spec_reader(self._planned.world.options.root, loaded.text)
        lines = lines_of(places, reader)
        return Surroundings(
            faces=Faces(self._planned, self._table, self._memo),
            around=self._around,
            calls=self._calls,
            commit=LastCommit() if self._against is None else _NoCommit(),
            children=loaded.graph.dependents,
            line_of=lines.get,
            paints=False,
        )


# --- what is known beside the plan ----------------------------------------------------


def _calls_of(planned: Planned) -> tuple[Call, ...]:
    """Return the ledger's calls; none where it cannot be read."""
    try:
        return all_calls(planned.world.ledger, planned.world.store)
    except AssetgenError:
        return ()


def _by_asset(calls: Iterable[Call]) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(call.asset, []).append(call)
    return found


def _around(root: Path, calls: Mapping[str, Sequence[Call]]) -> Circumstances:
    paid = {
        name: sum(call.cost_usd or 0.0 for call in each) for name, each in calls.items()
    }
    return Circumstances(paid_usd=paid, failed=_failed(root))


def _failed(root: Path) -> dict[str, str]:
    """Return why the last builds that tried could not make assets, from their journals."""
    failed: dict[str, str] = {}
    for path in Runs(root).all():
        for event in read_to_end(path)[0]:
            name, kind = str(event.get("asset")), event["type"]
            if kind in {"asset_started", "asset_finished"}:
                failed.pop(name, None)
            elif kind == "asset_failed":
                failed[name] = str(event.get("message") or "")[:_MOST_TEXT]
    return failed


def _sides_of(review: Review | None) -> dict[str, list[Side]]:
    """Return the sides of a difference by the picture that they show."""
    found: dict[str, list[Side]] = {}
    for change in review.difference.changes if review is not None else ():
        for side in (change.before, change.after):
            if side is not None and side.picture is not None:
                found.setdefault(side.picture.digest, []).append(side)
    return found


# --- parts ----------------------------------------------------------------------------


def _parted(rows: list[dict[str, Json]], parts: int) -> list[list[dict[str, Json]]]:
    """Return the rows of each part; the page finds an asset's by the same sum."""
    found: list[list[dict[str, Json]]] = [[] for _ in range(parts)]
    for row in rows:
        found[int(str(row["id"])[:8], 16) % parts].append(row)
    return found


def _wish_for(page: Mapping[str, Any], wishes: dict[str, Wish]) -> None:
    """Add the pictures that a page shows to `wishes`."""
    wanted = [(page["row"]["thumb"], Wish(full=page["image"] is None))]
    wanted.append((page["image"], Wish(full=True)))
    wanted += [(draw["pic"], Wish(full=True)) for draw in page["draws"]]
    wanted += [
        (each["pic"], Wish()) for each in (*page["inputs"], {"pic": page["mask"]})
    ]
    compared = page["compare"] or {}
    for side in ("before", "after"):
        if compared.get(side):
            wanted.append((compared[side]["pic"], Wish(full=True, exact=True)))
    for pic, wish in wanted:
        if pic is not None:
            wishes[pic] = wishes.get(pic, Wish()).and_also(wish)


def _forget_files(page: Mapping[str, Any], full: AbstractSet[str]) -> None:
    """Take the pictures of files away that are not in the report by themselves."""
    for each in page["files"]:
        if each["pic"] not in full:
            each["pic"] = None
