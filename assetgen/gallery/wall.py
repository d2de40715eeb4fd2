"""The wall: one row for every asset, and what holds for all of them.

A row is made once and kept as the JSON that goes out, so a wall of ten thousand assets
is a few megabytes, and after a change only the rows whose asset, plan, files or price
moved are made anew. `Wall.changed_since` says which those are.
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assetgen import __version__
from assetgen.blocked import blocked_error
from assetgen.decide import Action, PlannedAsset
from assetgen.gallery.faces import Faces
from assetgen.gallery.facts import Facts, all_facts
from assetgen.reasons import NeedBlocked
from assetgen.report.reason_text import reasons_text
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.gallery.picture_table import PictureTable
    from assetgen.memo import Memo
    from assetgen.model import AssetName, Json
    from assetgen.snapshot import Known
    from assetgen.world import Planned

WALL_VERSION: Final = 1
_IDLE: Final = frozenset({Action.UP_TO_DATE, Action.FROZEN})
_ID_DIGITS: Final = 16

_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def asset_id(name: str) -> str:
    """Return the id by which pages name an asset."""
    return sha256(name.encode()).hexdigest()[:_ID_DIGITS]


class Circumstances(Value, kw_only=True):
    """What a wall shows beside the plan.

    Attributes:
        paid_usd: By asset, what its draws cost so far.
        failed: By asset, why the last build could not make it.
        running: Assets that a build is at work on.
        finished: Assets that a build has made since the plan, with the files that it
            wrote; a plan would see that, but costs too much while a build goes on.
    """

    paid_usd: Mapping[str, float] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    running: frozenset[str] = frozenset()
    finished: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Wall(Value, kw_only=True):
    """All rows, as JSON.

    Attributes:
        names: In spec order.
        rows: By name, as they go out.
        signs: By name, what each row was made from.
        states: By name.
        facts: By name and fingerprint.
        edges: Pairs of positions in `names`; the second needs the first; JSON.
        head: What holds for the whole plan: targets, tags, providers.
    """

    names: tuple[AssetName, ...] = ()
    rows: Mapping[AssetName, bytes] = field(default_factory=dict)
    signs: Mapping[AssetName, object] = field(default_factory=dict)
    states: Mapping[AssetName, str] = field(default_factory=dict)
    facts: Mapping[tuple[AssetName, str], Facts] = field(default_factory=dict)
    edges: bytes = b"[]"
    head: Mapping[str, Json] = field(default_factory=dict)

    def summary(self) -> dict[str, Json]:
        """Return how many assets there are, and how many in each state."""
        count = Counter(self.states.values())
        return {"assets": len(self.names), "by_state": dict(sorted(count.items()))}

    def changed_since(self, before: Wall) -> list[AssetName]:
        """Return the assets whose rows are not as they were, in spec order."""
        old = before.rows
        return [name for name in self.names if self.rows[name] != old.get(name)]

    def removed_since(self, before: Wall) -> list[str]:
        """Return the ids of assets that are not there any more."""
        return [asset_id(name) for name in before.names if name not in self.rows]

    def document(self, more: Mapping[str, Json]) -> bytes:
        """Return the whole as one JSON document.

        Args:
            more: Fields that are not the plan's: stamp, money, diagnostics.
        """
        head: dict[str, Json] = {
            "wall": WALL_VERSION,
            "assetgen": __version__,
            **self.head,
            "summary": self.summary(),
            **more,
        }
        rows = b",".join([self.rows[name] for name in self.names])
        start = _text(head)[:-1].encode("utf-8", "backslashreplace")
        return b"".join((start, b',"assets":[', rows, b'],"edges":', self.edges, b"}"))


def wall_of(
    planned: Planned,
    table: PictureTable,
    memo: Memo,
    around: Circumstances,
    before: Wall | None = None,
) -> Wall:
    """Return the wall of a plan.

    Args:
        planned: Of all assets.
        table: Gets the pictures that rows name.
        memo: Keeps facts and sizes for the next time; the caller flushes it.
        around: What else rows show.
        before: A wall of the same table, of which rows that still hold are taken.
    """
    before = before or Wall()
    facts = all_facts(planned, memo, before.facts)
    maker = _Rows(planned, Faces(planned, table, memo), around)
    prints = planned.loaded.catalogue.fingerprints
    names = planned.loaded.graph.names
    rows: dict[AssetName, bytes] = {}
    signs: dict[AssetName, object] = {}
    states: dict[AssetName, str] = {}
    for name in names:
        sign = maker.sign(name)
        if before.signs.get(name) == sign:
            rows[name], states[name] = before.rows[name], before.states[name]
        else:
            row = maker.row(name, facts[name, prints[name]])
            rows[name] = _text(row).encode("utf-8", "backslashreplace")
            states[name] = str(row["state"])
        signs[name] = sign
    return Wall(
        names=names,
        rows=rows,
        signs=signs,
        states=states,
        facts=facts,
        edges=_edges(planned),
        head=_head(planned, facts),
    )


def row_of(
    planned: Planned, faces: Faces, around: Circumstances, name: AssetName, facts: Facts
) -> dict[str, Json]:
    """Return the row of one asset."""
    return _Rows(planned, faces, around).row(name, facts)


def _head(
    planned: Planned, facts: Mapping[tuple[AssetName, str], Facts]
) -> dict[str, Json]:
    settings = planned.loaded.settings
    targets: list[Json] = [
        {"name": each.name, "dir": each.dir, "engine": each.engine}
        for each in settings.targets.values()
    ]
    tags = sorted({tag for each in facts.values() for tag in each.tags})
    providers = sorted({each.provider for each in facts.values() if each.provider})
    return {
        "project": settings.project,
        "spec": planned.world.options.spec,
        "targets": targets,
        "tags": list(tags),
        "providers": list(providers),
    }


def _edges(planned: Planned) -> bytes:
    graph = planned.loaded.graph
    at = {name: position for position, name in enumerate(graph.names)}
    edges = [[at[n], at[name]] for name in graph.names for n in graph.needs[name]]
    return _text(edges).encode()


class _Rows:
    """Makes rows of one plan."""

    def __init__(self, planned: Planned, faces: Faces, around: Circumstances) -> None:
        self._planned = planned
        self._faces = faces
        self._around = around
        self._decisions = {each.name: each for each in planned.plan.looked_at}
        self._prints = planned.loaded.catalogue.fingerprints
        rows = planned.snapshot.rows
        columns = getattr(rows, "columns", None)
        self._lines: list[bytes] = columns.rows if columns is not None else []
        positions = getattr(rows, "positions", None)
        self._at: Mapping[str, int] = positions() if positions is not None else {}

    def sign(self, name: AssetName) -> object:
        """Return what the row is made from: equal signs make equal rows."""
        at, around = self._at.get(name), self._around
        decision = self._decisions.get(name)
        return (
            self._prints[name],
            None if at is None else self._lines[at],
            decision,
            around.paid_usd.get(name),
            around.failed.get(name),
            name in around.running,
            around.finished.get(name),
            name in self._planned.world.lock,
            self._there(name) if decision is not None else None,
        )

    def _there(self, name: AssetName) -> tuple[object, ...]:
        return tuple(digest for _, digest in self._faces.outputs_there(name))

    def row(self, name: AssetName, facts: Facts) -> dict[str, Json]:
        """Return a row as data."""
        planned, around = self._planned, self._around
        decision = self._decisions.get(name) or PlannedAsset(
            name=name, action=Action.UP_TO_DATE
        )
        known = self._known(name, decision)
        face = self._faces.of_written(around.finished.get(name, ()))
        if face is None:
            face = self._faces.of_row(name, facts)
        state, error = self._state(decision)
        if facts.frozen and state == Action.UP_TO_DATE.value:
            state = (
                Action.FROZEN.value
            )  # also where its request is still the locked one
        idle = decision.action in _IDLE or name in around.finished
        usd = 0.0 if idle else decision.estimate.usd
        row = planned.snapshot.rows.get(name)
        draws = known.draws if known is not None else ()
        return {
            "id": asset_id(name),
            "name": name,
            "state": state,
            "source": facts.source,
            "operation": facts.operation,
            "provider": facts.provider,
            "model": facts.model,
            "tags": list(facts.tags),
            "alt": facts.alt,
            "description": facts.description,
            "placeholder": self._is_placeholder(facts, known),
            "frozen": facts.frozen,
            "locked": name in planned.world.lock,
            "draws": len(draws),
            "pick": known.pick + 1 if known is not None and draws else None,
            "cost_usd": round(around.paid_usd.get(name, 0.0), 6),
            "estimate_usd": None if usd is None else round(usd, 6),
            "thumb": face.pic,
            "width": face.width,
            "height": face.height,
            "bytes": face.bytes,
            "files": max(len(row.outputs) if row is not None else 0, facts.outputs),
            "reason": reasons_text(decision.reasons) or None if not idle else None,
            "error": error,
            "change": None,
        }

    def _state(self, decision: PlannedAsset) -> tuple[str, str | None]:
        """Return the row's state, and why it cannot be built if it cannot."""
        name, around = decision.name, self._around
        if name in around.running:
            return "running", None
        if name in around.finished:
            return Action.UP_TO_DATE.value, None
        if decision.action is Action.BLOCKED and decision.reasons:
            first = decision.reasons[0]
            if isinstance(first, NeedBlocked):
                return "blocked", f"needs {first.asset}, which cannot be built"
            return "blocked", blocked_error(decision).message
        if decision.action not in _IDLE and name in around.failed:
            return "failed", around.failed[name]
        return decision.action.value, None

    def _known(self, name: AssetName, decision: PlannedAsset) -> Known | None:
        if decision.known is not None:
            return decision.known
        known = self._planned.knowledge.known(name)
        if known is None:
            row = self._planned.snapshot.rows.get(name)
            known = row.known if row is not None else None
        return known

    def _is_placeholder(self, facts: Facts, known: Known | None) -> bool:
        if known is not None and known.provenance:
            return "placeholder" in known.provenance
        if facts.provider is None:
            return False
        provider = self._planned.snapshot.providers.get(facts.provider)
        return provider is not None and provider.deterministic and not provider.paid
