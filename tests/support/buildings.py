"""A project folder that is edited, built and compared with one that was built clean."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sketches import Edit, Sketch, as_pattern, write

from assetgen import __version__, events, failpoints, noop, project
from assetgen.decide import Action
from assetgen.errors import ExitCode, SpecInvalid
from assetgen.files import TEMPORARY_PREFIX
from assetgen.options_line import options_line
from assetgen.reasons import InputPending

if TYPE_CHECKING:
    from pathlib import Path

    from assetgen.decide import PlannedOutput
    from assetgen.plan import Plan

MANIFESTS = {"assetgen.manifest.json", "files.json"}
IDLE = {Action.UP_TO_DATE, Action.FROZEN}


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def handle(self, event: events.Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        return [each for each in self.events if isinstance(each, kind)]

    @property
    def summary(self) -> events.Summary:
        (found,) = self.of(events.Summary)
        return found

    def written(self) -> set[str]:
        return {p for each in self.of(events.AssetFinished) for p in each.written}

    def draws(self) -> dict[str, int]:
        count: dict[str, int] = defaultdict(int)
        for each in self.of(events.AssetStarted):
            count[each.asset] += each.draws
        return dict(count)


def options(root: Path, sketch: Sketch | None = None, **more: Any) -> project.Options:
    """Return the options of a build on two processors."""
    profile = sketch.profile if sketch else None
    return project.Options(root=root, profile=profile, workers=2, **more)


def plan_of(opts: project.Options) -> Plan:
    """Return what a build would do."""
    planned = project.make(opts)
    planned.world.memo.close()
    return planned.plan


def build(opts: project.Options) -> tuple[ExitCode, Heard]:
    """Build, and return how it ended and what was said."""
    heard = Heard()
    return project.build(opts, heard), heard


def made(root: Path) -> dict[str, bytes]:
    """Return all files below `root` that are no part of the spec or the workspace."""
    own = ("assets.yaml", "assets.lock", "more.yaml")
    found = {}
    for place in root.rglob("*"):
        path = place.relative_to(root).as_posix()
        if path.startswith((".assetgen/", "art/")) or path in own:
            continue
        # What a crashed writer left behind is swept once it is old.
        if place.is_file() and not place.name.startswith(TEMPORARY_PREFIX):
            found[path] = place.read_bytes()
    return found


class _Crashing:
    """Failpoints that end the process at the Nth step."""

    def __init__(self, after: int) -> None:
        self._left = after

    def hit(self, _name: str) -> None:
        self._left -= 1
        if self._left < 0:
            os._exit(1)


class Site:
    """A project under edit.

    Attributes:
        edited: Files that somebody changed by hand, with their bytes.
    """

    def __init__(self, base: Path) -> None:
        self.root = base / "site"
        self.clean_root = base / "clean"
        self.root.mkdir()
        self.sketch = Sketch()
        self.edited: dict[str, bytes] = {}
        self.checked = 0
        self.refused = 0

    # --- edits of the world ---------------------------------------------------

    def apply(self, edit: Edit) -> None:
        """Carry one edit out; one that makes the spec invalid is taken back."""
        own = getattr(self, f"_on_{edit.word}", None)
        if own is not None:
            own(edit.a, edit.b, edit.c)
            return
        before = self.sketch
        self.sketch = before.changed(edit)
        write(self.sketch.files(), self.root)
        try:
            plan_of(options(self.root, self.sketch))
        except SpecInvalid:
            self.refused += 1
            self.sketch = before
            write(before.files(), self.root)

    def _outputs(self) -> list[str]:
        return [p for p in sorted(made(self.root)) if not p.endswith(".json")]

    def _on_delete_file(self, a: int, *_: int) -> None:
        paths = self._outputs()
        if paths:
            path = paths[a % len(paths)]
            (self.root / path).unlink()
            self.edited.pop(path, None)

    def _on_edit_file(self, a: int, b: int, *_: int) -> None:
        paths = self._outputs()
        if paths:
            path = paths[a % len(paths)]
            self.edited[path] = b"by hand %d" % b
            (self.root / path).write_bytes(self.edited[path])

    def _on_touch_file(self, a: int, *_: int) -> None:
        paths = self._outputs()
        if paths:
            place = self.root / paths[a % len(paths)]
            place.write_bytes(place.read_bytes())

    def _on_lose_state(self, a: int, *_: int) -> None:
        self.build()  # what is undeclared already could not be told from a person's
        state = self.root / ".assetgen/state"
        if state.exists():
            if a % 3 == 0:
                state.unlink()
            elif a % 3 == 1:
                state.write_bytes(state.read_bytes()[: a * 7])
            else:
                state.write_bytes(b"garbage\n" * a)
        self.build()

    def _on_lose_memo(self, *_: int) -> None:
        shutil.rmtree(self.root / ".assetgen/memo", ignore_errors=True)

    def _on_lose_manifest(self, a: int, *_: int) -> None:
        self.build()  # what is undeclared already could not be told from a person's
        for place in self.root.rglob("*.json"):
            if ".assetgen" in place.parts or place.name not in MANIFESTS:
                continue
            # Without manifest and state nobody knows that a file was ours.
            if a % 2:
                place.unlink()
            else:
                place.write_bytes(b"{")
        self.build()

    def _on_lose_store(self, a: int, *_: int) -> None:
        store = self.root / ".assetgen/store"
        if a % 3 == 0:
            shutil.rmtree(store, ignore_errors=True)
        elif a % 3 == 1:
            shutil.rmtree(store / "cas", ignore_errors=True)
        else:
            shutil.rmtree(store / "ac", ignore_errors=True)

    # --- builds ---------------------------------------------------------------

    def _on_crash(self, a: int, *_: int) -> None:
        """Start a build that ends at its Nth write."""
        child = os.fork()
        if child == 0:
            failpoints._active = _Crashing(a)  # type: ignore[assignment]
            try:
                project.build(options(self.root, self.sketch), Heard())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        self._forget_overwritten()

    def _forget_overwritten(self) -> None:
        for path, data in list(self.edited.items()):
            place = self.root / path
            if not place.is_file() or place.read_bytes() != data:
                raise AssertionError(f"{path} was edited by hand and is gone")

    def _on_subset(self, a: int, b: int, *_: int) -> None:
        part = self.sketch.pick(a)
        if part is not None:
            names = self.sketch.names(part)
            self.build(names=(names[b % len(names)],))

    def _on_one_target(self, a: int, *_: int) -> None:
        targets = list(self.sketch.targets())
        self.build(targets=(targets[a % len(targets)],))

    def build(self, **more: Any) -> Heard:
        """Build, holding the plan to its word."""
        opts = options(self.root, self.sketch, **more)
        fast = noop.up_to_date(str(self.root), self._line(opts), __version__)
        plan = plan_of(opts)
        code, heard = build(opts)
        assert code is ExitCode.DONE, heard.events
        if fast is not None:
            assert plan.changes() == 0, f"the short way missed {plan.assets}"
            assert not heard.written()
        assert_as_planned(plan, heard)
        self._forget_overwritten()
        return heard

    def _line(self, opts: project.Options) -> str:
        line = options_line(
            opts.spec, names=opts.names, targets=opts.targets, profile=opts.profile
        )
        assert line is not None
        return line

    def settle(self) -> None:
        """Build all; the folder must be as a clean build makes it, and stay so."""
        self.build()
        self.compare()
        again = self.build()
        assert not again.written(), "a second build wrote something"
        assert not again.of(events.AssetStarted) or self.edited, again.events

    def compare(self) -> None:
        """Assert that the folders are the same as after a clean build."""
        shutil.rmtree(self.clean_root, ignore_errors=True)
        write(self.sketch.files(), self.clean_root)
        build(options(self.clean_root, self.sketch))
        wanted, found = made(self.clean_root), made(self.root)
        for path, data in self.edited.items():
            assert found.pop(path) == data
            wanted.pop(path, None)
        more, less = found.keys() - wanted.keys(), wanted.keys() - found.keys()
        assert not more, f"left behind: {more}"
        assert not less, f"missing: {less}"
        for path, data in wanted.items():
            assert found[path] == data, f"{path} differs from a clean build's"
        self.checked += 1


def assert_as_planned(plan: Plan, heard: Heard) -> None:
    """Assert that a build did what the plan said, and no more."""
    finished = {each.asset: each for each in heard.of(events.AssetFinished)}
    for each in plan.assets:
        written = finished[each.name].written if each.name in finished else ()
        paths = [
            as_pattern(path)
            for out in each.outputs
            if out.action not in IDLE
            for path in paths_of(out)
        ]
        for path in written:
            assert any(p.fullmatch(path) for p in paths), f"{path} was not planned"
        if each.action in IDLE:
            assert not written, f"{each.name} was up to date"
    assert_draws_as_planned(plan, heard)
    assert_removals_as_planned(plan, heard)


def paths_of(out: PlannedOutput) -> list[str]:
    """Return the paths that a planned output may write to."""
    if out.path is not None:
        return [out.path]
    data = out.output.data
    if data is None:
        return [out.template]
    return [out.output.path, data, data.replace(".json", ".tres")]


def assert_draws_as_planned(plan: Plan, heard: Heard) -> None:
    """Assert that no more was drawn than planned, and no less where all was known.

    Assets with the same request share its draws: who asks is not in the plan.
    """
    drawn = heard.draws()
    planned: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    pending = False
    for each in plan.assets:
        planned[each.key or each.name] += each.draws
        count[each.key or each.name] += drawn.get(each.name, 0)
        pending |= any(isinstance(why, InputPending) for why in each.reasons)
    for key, number in planned.items():
        assert count[key] <= number, f"{key}: {count[key]} draws, not {number}"
        assert pending or count[key] == number, f"{key}: {count[key]} of {number}"


def assert_removals_as_planned(plan: Plan, heard: Heard) -> None:
    """Assert that the files removed are those of the plan."""
    files = {path for path in heard.summary.removed if not path.endswith(".json")}
    kept = set(heard.summary.kept)
    planned = {path for path in plan.removals if not path.endswith(".json")}
    # Only a drawn picture's bytes show whether its ${hash} names the same file again.
    still_open = [
        as_pattern(path)
        for each in plan.assets
        for out in each.outputs
        if out.path is None
        for path in paths_of(out)
    ]
    missed = planned - kept - files
    missed = {p for p in missed if not any(o.fullmatch(p) for o in still_open)}
    assert not missed, f"not removed: {missed}"
    if not still_open:
        assert files <= planned, f"removed and not planned: {files - planned}"
