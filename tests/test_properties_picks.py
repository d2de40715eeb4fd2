"""Whatever is edited, picked, re-rolled, lost or killed: no surprise, no second bill.

Three laws, over a provider that charges for each picture and never repeats one:

* A file changes only where the plan made just before has a reason for its asset.
* Nobody is asked for a picture that is banked: with what the store has, a call never
  brings more draws than the spec wants, or than a re-roll asked for.
* The lock's pick changes only with its request, by `pick` or by `reroll`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from buildings import IDLE, Heard, assert_as_planned, build, made, options, plan_of
from counting import CountingProvider
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sketches import Edit, Sketch, png, write

from assetgen import failpoints, picking, project, registry, rerolling
from assetgen.actionkey import request_key
from assetgen.errors import ChangesPending, ExitCode, SpecInvalid, UsageError
from assetgen.lockfile import read_lock
from assetgen.providers.base import Drawing
from assetgen.store import Store

EDITS = ("add", "remove", "rename", "field", "process", "output", "style", "reorder")
ACTS = ("pick", "reroll", "keep", "crash", "crash_pick", "crash_reroll", "lose")
numbers = st.integers(0, 99)
added = st.builds(Edit, st.just("add"), numbers, numbers, numbers)
changes = st.builds(Edit, st.sampled_from(EDITS + ACTS * 2), numbers, numbers, numbers)


class BookedProvider(CountingProvider):
    """Writes each charged picture into a file, which killed processes leave behind.

    Attributes:
        wanted: How many draws of its request an asset may have now.
    """

    def __init__(self, root: Path, book: Path) -> None:
        super().__init__()
        self.root, self.book = root, book
        self.wanted: dict[str, int] = {}
        book.touch()

    def draw(self, order, count, on_progress):
        on_progress("drawing")
        known = len(
            Store(self.root / ".assetgen/store").draws(request_key(order.request))
        )
        size = order.pixel_size
        width, height = (size.width, size.height) if size else (16, 16)
        with self._lock, self.book.open("a") as book:
            fits = known + count <= self.wanted[order.asset]
            for _ in range(count):
                book.write(f"{order.asset} {'due' if fits else 'TWICE'}\n")
            book.flush()
            seeds = range(len(self.charges()) - count, len(self.charges()))
        return [Drawing(data=png(width, height, s), cost_usd=0.01) for s in seeds]

    def charges(self) -> list[str]:
        """Return a line for each picture that was paid for."""
        return self.book.read_text().splitlines()


class _Crashing:
    """Failpoints that end the process at the Nth step."""

    def __init__(self, after: int) -> None:
        self._left = after

    def hit(self, _name: str) -> None:
        self._left -= 1
        if self._left < 0:
            os._exit(1)


class Town:
    """A project under edit whose pictures cost money."""

    def __init__(self, root: Path, provider: BookedProvider) -> None:
        self.root, self.provider = root, provider
        self.sketch = Sketch()
        self._write()

    def apply(self, edit: Edit) -> None:
        """Do one thing, and build; an edit that makes the spec invalid is taken back."""
        own = getattr(self, f"_on_{edit.word}", None)
        if own is not None:
            own(edit.a, edit.b)
        else:
            before, self.sketch = self.sketch, self.sketch.changed(edit)
            try:
                self._write()
            except SpecInvalid:
                self.sketch = before
                self._write()
        if edit.c % 3:  # else two changes meet
            self.build()

    def _write(self) -> None:
        files = self.sketch.files()
        for name in [each for each in files if each.endswith(".yaml")]:
            files[name] = files[name].replace(
                b"provider: placeholder", b"provider: counting"
            )
        write(files, self.root)
        assets = project.load(self._options()).assets
        plan_of(self._options())
        self.provider.wanted = {n: getattr(a.source, "n", 0) for n, a in assets.items()}

    def _options(self):
        return options(self.root, retry_unknown=True)

    def lock(self):
        """Return the lock's lines."""
        return dict(read_lock(self.root / "assets.lock"))

    # --- the laws -------------------------------------------------------------

    def build(self) -> None:
        """Build all: as planned, with reasons, and for nothing the second time."""
        pins, files = self.lock(), made(self.root)
        plan = plan_of(self._options())
        code, heard = build(self._options())
        assert code is ExitCode.DONE, heard.events
        assert_as_planned(plan, heard)
        written = heard.written()
        for path, data in made(self.root).items():
            manifest = path.endswith(".json")
            assert manifest or files.get(path) == data or path in written, path
        for each in plan.assets:
            assert each.action in IDLE or each.reasons, f"{each.name}: no reason"
        for name, line in self.lock().items():
            was = pins.get(name)
            if was is not None and was.key == line.key:
                assert line.pick == was.pick, f"{name} has another picture by itself"
                assert line.draws[: len(was.draws)] == was.draws
        paid = self.provider.charges()
        assert build(self._options())[0] is ExitCode.DONE
        assert self.provider.charges() == paid, "a second build paid"
        assert not [each for each in paid if each.endswith("TWICE")]

    # --- draws ----------------------------------------------------------------

    def _some_line(self, a: int):
        lines = list(self.lock().values())
        return lines[a % len(lines)] if lines else None

    def _pick(self, name: str, number: int):
        return picking.pick(self._options(), name, str(number), Heard())

    def _reroll(self, name: str, count: int, *, keep: bool):
        return rerolling.reroll(
            self._options(),
            name,
            count,
            keep_pick=keep,
            listener=Heard(),
            tell_price=lambda *_: None,
        )

    def _on_pick(self, a: int, b: int) -> None:
        line, before, paid = self._some_line(a), self.lock(), self.provider.charges()
        if line is None:
            return
        try:
            done = self._pick(line.asset, 1 + b % len(line.draws))
        except (UsageError, ChangesPending):
            assert self.lock() == before
        else:
            after = self.lock()
            assert after.pop(line.asset).pick == done.digest
            del before[line.asset]
            # Inputs of the asset may get their own lines on the way, never other picks.
            for name, was in before.items():
                assert after[name].key != was.key or after[name].pick == was.pick
        assert self.provider.charges() == paid, "a pick was paid for"

    def _on_reroll(self, a: int, b: int, *, keep: bool = False) -> None:
        line, count = self._some_line(a), 1 + b % 2
        before, paid = self.lock(), self.provider.charges()
        if line is None or line.asset not in self.provider.wanted:
            return
        with self._more(line.asset, count):
            try:
                done = self._reroll(line.asset, count, keep=keep)
            except (UsageError, ChangesPending):
                assert (self.lock(), self.provider.charges()) == (before, paid)
                return
        assert done.code is ExitCode.DONE
        assert len(done.draws) >= count
        assert len(self.provider.charges()) - len(paid) == len(done.draws)
        first = next(iter(done.draws.values()))
        assert done.picked == (None if keep else first)
        assert keep or self.lock()[line.asset].pick == first

    def _on_keep(self, a: int, b: int) -> None:
        self._on_reroll(a, b, keep=True)

    def _more(self, name: str, count: int):
        """Return a context in which an asset may have so many draws more."""
        from contextlib import contextmanager

        @contextmanager
        def allowed():
            usual = self.provider.wanted
            key = next(e.key for e in plan_of(self._fresh()).assets if e.name == name)
            known = len(Store(self.root / ".assetgen/store").draws(key)) if key else 0
            most = max(usual[name], known + count)
            self.provider.wanted = {**usual, name: most}
            yield
            self.provider.wanted = usual

        return allowed()

    def _fresh(self):
        """Return options under which every asset is looked at."""
        (self.root / ".assetgen/state").unlink(missing_ok=True)
        return self._options()

    # --- accidents ------------------------------------------------------------

    def _on_crash(self, a: int, _: int) -> None:
        self._killed(a, lambda: build(self._options()))

    def _on_crash_pick(self, a: int, b: int) -> None:
        line, paid = self._some_line(b), self.provider.charges()
        if line is not None:
            number = 1 + a % len(line.draws)
            self._killed(a % 25, lambda: self._pick(line.asset, number))
            assert self.provider.charges() == paid

    def _on_crash_reroll(self, a: int, b: int) -> None:
        line = self._some_line(b)
        if line is not None and line.asset in self.provider.wanted:
            with self._more(line.asset, 1):
                self._killed(a % 40, lambda: self._reroll(line.asset, 1, keep=False))

    def _killed(self, after: int, work) -> None:
        child = os.fork()
        if child == 0:
            failpoints._active = _Crashing(after)
            try:
                work()
            finally:
                os._exit(0)
        os.waitpid(child, 0)

    def _on_lose(self, a: int, _: int) -> None:
        """Lose what can be made again: state, memo or files."""
        if a % 3 == 0:
            (self.root / ".assetgen/state").unlink(missing_ok=True)
        elif a % 3 == 1:
            shutil.rmtree(self.root / ".assetgen/memo", ignore_errors=True)
        else:
            for target in self.sketch.targets().values():
                shutil.rmtree(self.root / target["dir"], ignore_errors=True)


@settings(max_examples=15)
@given(st.lists(added, min_size=1, max_size=4), st.lists(changes, max_size=8))
@example(
    [Edit("add", 0, 1, 0), Edit("add", 1, 0, 0)],
    [Edit("pick", 0, 1, 0), Edit("crash_reroll", 12, 0, 1), Edit("reroll", 0, 0, 1)],
)
def test_no_picture_changes_without_a_reason_and_nothing_banked_is_paid_again(
    first, then
):
    """After any sequence of edits, picks, re-rolls, losses and kills."""
    kept = registry.BUILT_IN
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "town"
        root.mkdir()
        provider = BookedProvider(root, Path(folder) / "book")
        registry.BUILT_IN = {**kept, "counting": lambda: provider}
        try:
            town = Town(root, provider)
            for edit in (*first, *then):
                town.apply(edit)
            town.build()
            assert not [line for line in provider.charges() if "TWICE" in line]
        finally:
            registry.BUILT_IN = kept
