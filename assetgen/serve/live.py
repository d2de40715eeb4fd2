"""The project as it is now: its wall and pages, made anew when something changes.

    spec, inputs, lock, state, ledger, journals -> a look is due -> plan -> rows that moved

One thread looks and plans; the server's threads only read what it left, under one lock.
A spec that cannot be read changes nothing but the list of problems: the last good wall
stays. Nothing here is asked, drawn or written, but for thumbnails in the memo.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
import time
from typing import TYPE_CHECKING, Final

from assetgen import project
from assetgen.errors import AssetgenError, Diagnostic, SpecInvalid
from assetgen.finish import input_files
from assetgen.gallery.asset_page import Surroundings, page_of
from assetgen.gallery.commits import LastCommit
from assetgen.gallery.faces import Faces
from assetgen.gallery.picture_table import PictureTable
from assetgen.gallery.problems import entries_of, problems_data, told_problems
from assetgen.gallery.wall import Circumstances, Wall, asset_id, wall_of
from assetgen.history import all_calls
from assetgen.load import lock_name
from assetgen.memo import Memo
from assetgen.serve.journals import Journals
from assetgen.serve.memory import give_back, keep_small
from assetgen.state import Figures, figures_of
from assetgen.store import Store
from assetgen.transforms.thumbnails import VERSION, thumbnail
from assetgen.values import replace
from assetgen.watched import Sight, Things, folders_to_watch, look
from assetgen.watching import Batch, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assetgen.costs import Call
    from assetgen.model import AssetName, Json
    from assetgen.serve.hub import Hub
    from assetgen.watchmoney import Purse
    from assetgen.world import Options, Planned

_REST: Final = 1.0
"""While a build runs, it has so many times the time that moved rows take."""

_QUIET_MS: Final = 10
"""To look at what others did takes no more quiet than that; nothing is built here."""

_BEAT_S: Final = 1.0
_MOVING: Final = frozenset({"asset_finished", "asset_failed", "summary"})
"""Events after which rows are others."""


class Gallery:
    """One project; all methods may be called from any thread."""

    def __init__(
        self,
        options: Options,
        hub: Hub,
        purse: Purse,
        *,
        poll: bool,
        watched: bool = False,
    ) -> None:
        """Read nothing yet.

        Args:
            options: As the command line gives them; names, tags, targets do not count.
            hub: Is told what changed.
            purse: What this session spent and may spend.
            poll: Wait for no events of the file system.
            watched: Whether a `watch` beside us builds by itself.
        """
        self.options = replace(options, names=(), tags=(), targets=())
        self._hub = hub
        self._purse = purse
        self._watched = watched
        folder = options.root / ".assetgen"
        self._memo = Memo(folder / "memo")
        store = Store(options.store or folder / "store")
        self.table = PictureTable(options.root, store, self._memo)
        self.journals = Journals(options.root)
        self._turn = threading.Lock()
        self._guard = threading.RLock()
        self._planned: Planned | None = None
        self._wall = Wall()
        self._problems: list[Json] = []
        self._ids: dict[str, AssetName] = {}
        self._children: dict[AssetName, tuple[AssetName, ...]] | None = None
        self._calls: tuple[Call, ...] = ()
        self._ledger: Figures | None = None
        self._commit = LastCommit()
        self._run, self._count = secrets.token_hex(4), 0
        self._things = Things(specs=(options.spec,), folders=("",))
        self._seen: dict[str, Sight] = {}
        self._due = threading.Event()
        self._told: set[str] = set()
        self._must = False
        self._stopping = threading.Event()
        self._watcher = Watcher(self._hear, poll=poll, quiet_ms=_QUIET_MS)
        self._thread = threading.Thread(target=self._work, name="gallery", daemon=True)

    # --- its thread -----------------------------------------------------------

    def start(self) -> None:
        """Read the project, and look on from now."""
        keep_small()
        self.journals.begin()
        self._seen = self._look()
        self.refresh()
        self._watch()
        give_back()
        self._thread.start()

    def close(self) -> None:
        """Stop looking; returns when all threads have ended."""
        self._stopping.set()
        self._due.set()
        self._watcher.close()
        if self._thread.is_alive():
            self._thread.join()
        with self._guard:
            self._let_go()
        self._memo.close()

    def look_now(self) -> None:
        """Make the wall anew soon, whatever changed."""
        self._must = True
        self._due.set()

    def _hear(self, batch: Batch) -> None:
        with self._guard:
            self._told |= batch.paths
        self._due.set()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._due.wait(_BEAT_S if self.journals.is_building else None)
            self._due.clear()
            if self._stopping.is_set():
                return
            with contextlib.suppress(OSError):  # a folder that goes away under us
                began_s = time.monotonic()
                if self._take_turn():
                    self._rest(time.monotonic() - began_s)

    def _take_turn(self) -> bool:
        """Bring everything up to date; return whether there was anything to do.

        While a build is under way no plan is made: what it has done already is not in
        the state, so a plan would look at all of it, and sees a manifest that nobody
        knows. Its events say what became of which asset.
        """
        with self._turn:
            moved = self._pass_events_on()
            changed = self._has_changed()
            if self.journals.is_building and self._planned is not None:
                if changed:
                    self._must = True
                    self._check_spec()
                if moved:
                    self._touch_up()
                return moved
            if not (changed or moved):
                return False
            self.refresh()
            self._watch()
            return True

    def catch_up(self) -> None:
        """Bring everything up to date now: what a job did is on its way to pages then."""
        self._must = True
        with contextlib.suppress(OSError):
            self._take_turn()

    def _rest(self, took_s: float) -> None:
        if self.journals.is_building:
            self._stopping.wait(_REST * took_s)
        else:
            give_back()

    def _watch(self) -> None:
        folders = folders_to_watch(self.options.root, self._things)
        self._watcher.look_at(folders | self.journals.folders)

    def _look(self) -> dict[str, Sight]:
        root = self.options.root
        seen = look(root, self._things)
        for path in (lock_name(self.options.spec), ".assetgen/state"):
            seen[path] = Sight(figures_of(root / path))
        seen["ledger"] = Sight(figures_of(root / ".assetgen/ledger.jsonl"))
        return seen

    def _has_changed(self) -> bool:
        """Return whether anything is not as it was at the last look."""
        with self._guard:
            told, self._told = self._told, set()
        must, self._must = self._must, False
        now = self._look()
        same, self._seen = now == self._seen, now
        # Figures may lie where a file changed twice within the clock's granularity.
        files = {str(self.options.root / each) for each in self._things.files}
        return must or not same or not told.isdisjoint(files)

    def _pass_events_on(self) -> bool:
        """Tell pages what builds said; return whether rows moved by it."""
        moved = False
        before = set(self.journals.running)
        for run, event, partial in self.journals.read_on():
            moved = moved or event.get("type") in _MOVING
            self._hub.tell("build", {"run": run, "event": event})
            if partial:
                url = f"/api/partials/{run}/{event['id']}?n={secrets.token_hex(4)}"
                self._hub.tell("partial", {"id": event["id"], "url": url})
        return moved or before != set(self.journals.running)

    # --- making it anew -------------------------------------------------------

    def refresh(self) -> None:
        """Plan, make the rows that moved, and tell of them."""
        finished = dict(self.journals.finished)
        try:
            planned = project.make(self.options)
        except AssetgenError as error:
            self._take_error(error)
            return
        with self._guard:
            for name in finished:
                self.journals.finished.pop(name, None)
            before = self._wall
            self._let_go()
            self._planned = planned
            self._purse.heed(planned.loaded.settings.budget.watch_usd)
            self._read_ledger(planned)
            self._wall = wall_of(
                planned, self.table, self._memo, self._around(), before
            )
            planned.world.state.rows.forget()
            planned.world.manifests.forget()
            self._memo.flush()
            self._ids = {asset_id(name): name for name in self._wall.names}
            self._children = None
            entries = entries_of(planned)
            self._problems = problems_data(planned.diagnostics, entries)
            self._problems += told_problems(self.journals.errors, entries)
            self._remember(planned)
            self._count += 1
            message = self._update(before)
        self._hub.tell("wall", message)

    def _check_spec(self) -> None:
        """Tell what is wrong with the spec, if anything is; no plan is made."""
        try:
            project.load(self.options)
        except AssetgenError as error:
            self._take_error(error)

    def _touch_up(self) -> None:
        """Make the rows anew that a build has moved; the plan stays."""
        with self._guard:
            planned, before = self._planned, self._wall
            assert planned is not None
            self._read_ledger(planned)
            around = self._around()
            self._wall = wall_of(planned, self.table, self._memo, around, before)
            self._count += 1
            message = self._update(before)
        self._hub.tell("wall", message)

    def _let_go(self) -> None:
        if self._planned is not None:
            self._planned.world.memo.close()
            self._planned = None

    def _take_error(self, error: AssetgenError) -> None:
        """Tell what is wrong with the spec; the wall stays."""
        if isinstance(error, SpecInvalid):
            found: Sequence[Diagnostic] = error.diagnostics
        else:
            found = (
                Diagnostic(
                    error.code,
                    error.message,
                    hint=error.hint,
                    exit_code=error.exit_code,
                ),
            )
        with self._guard:
            problems = problems_data(found)
            if problems == self._problems:
                return
            self._problems = problems
            self._count += 1
            message = self._update(self._wall)
        self._hub.tell("wall", message)

    def _remember(self, planned: Planned) -> None:
        """Note what the plan was made from: that is what is looked at."""
        loaded = planned.loaded
        before = self._things
        self._things = Things(
            specs=loaded.spec_files,
            inputs=tuple(sorted(input_files(loaded, planned.world.state))),
            folders=loaded.text.folders,
        )
        if self._things != before:
            # Files that are new here count as seen: the plan has just read them.
            now = self._look()
            self._seen = {path: self._seen.get(path, now[path]) for path in now}

    def _read_ledger(self, planned: Planned) -> None:
        now = figures_of(planned.world.ledger.path)
        if now != self._ledger:
            self._ledger = now
            with contextlib.suppress(AssetgenError):
                self._calls = all_calls(planned.world.ledger, planned.world.store)

    def _around(self) -> Circumstances:
        paid: dict[str, float] = {}
        for call in self._calls:
            if call.cost_usd:
                paid[call.asset] = paid.get(call.asset, 0.0) + call.cost_usd
        return Circumstances(
            paid_usd=paid,
            failed=dict(self.journals.failed),
            running=frozenset(self.journals.running),
            finished=dict(self.journals.finished),
        )

    def _update(self, before: Wall) -> bytes:
        """Return the event that brings pages from one wall to the present one."""
        wall = self._wall
        rows = [wall.rows[name] for name in wall.changed_since(before)]
        moved = wall.names != before.names
        data: dict[str, Json] = {
            "stamp": self.stamp,
            "removed": list(wall.removed_since(before)),
            "money": self.money(),
            "summary": wall.summary(),
            "diagnostics": self._problems,
            "order": [asset_id(name) for name in wall.names] if moved else None,
        }
        head = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
        return b"".join((head[:-1].encode(), b',"rows":[', b",".join(rows), b"]}"))

    # --- what is asked ----------------------------------------------------------

    @property
    def stamp(self) -> str:
        """A text that is another one whenever anything moved."""
        return f"{self._run}-{self._count}"

    def money(self) -> dict[str, Json]:
        """Return what was spent and what may be."""
        with self._guard:
            plan = self._planned.plan if self._planned is not None else None
            spent = sum(call.cost_usd or 0.0 for call in self._calls)
        to_spend = plan.estimate_usd() if plan is not None else 0.0
        return {
            "session_usd": round(self._purse.spent_usd, 6),
            "spent_usd": round(spent, 6),
            "cap_usd": self._purse.cap_usd,
            "left_usd": round(self._purse.left_usd, 6),
            "to_spend_usd": None if to_spend is None else round(to_spend, 6),
        }

    def wall(self) -> bytes:
        """Return the wall as JSON."""
        with self._guard:
            wall = self._wall
            more: dict[str, Json] = {
                "live": True,
                "watched": self._watched,
                "stamp": self.stamp,
                "base": None,
                "money": self.money(),
                "diagnostics": self._problems,
            }
        if not wall.head:  # the spec could not be read so far
            more |= {"project": "", "spec": self.options.spec}
            more |= {"targets": [], "tags": [], "providers": []}
        return wall.document(more)

    def name_of(self, asset: str) -> AssetName | None:
        """Return the name of an asset of the last good spec, by its id."""
        return self._ids.get(asset)

    def page(self, name: AssetName) -> dict[str, Json] | None:
        """Return an asset's page; None if the spec does not have it any more."""
        with self._guard:
            planned = self._planned
            if planned is None or name not in planned.loaded.catalogue.needs:
                return None
            if self._children is None:
                self._children = planned.loaded.graph.dependents
            given = Surroundings(
                faces=Faces(planned, self.table, self._memo),
                around=self._around(),
                calls=self._calls,
                commit=self._commit,
                children=self._children,
            )
            return page_of(planned, name, given)

    def with_plan(self, ask: Callable[[Planned], Json]) -> Json:
        """Return what `ask` makes of the present plan, which stays until it is done.

        None while there is none.
        """
        with self._guard:
            return None if self._planned is None else ask(self._planned)

    def thumb(self, pic: str, side: int) -> bytes | None:
        """Return a small copy of a picture; None if the picture is not there.

        Raises:
            PictureRefused: It cannot be opened.
        """
        key = f"thumb {VERSION} {pic} {side}"
        if pic not in self.table:
            return None
        found = self._memo.bytes_get(key)
        if found is None:
            data = self.table.read(pic)
            if data is None:
                return None
            found = thumbnail(data, side)
            self._memo.bytes_set(key, found)
        return found
