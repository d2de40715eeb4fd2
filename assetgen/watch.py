"""Builds again whenever something changes that the spec reads: the loop of `watch`.

    something happened -> quiet again -> look -> changed? -> build -> look on

One thread does everything but listening, so there is one build at a time, and what
happens during a build is looked at after it. Events are only a reason to look (see
`watched`): what a build itself writes is no change, because its bytes are those that
the loop knows of, or because nobody looks at outputs.

- A spec with errors builds nothing. The errors are told once, and again when they are
  others; what the last good build made stays.
- A paid call that is under way when its prompt changes is waited for and banked; the
  next build then asks for the new one, within the session's money (`watchmoney`).

The first Ctrl-C ends the loop once what is in flight is banked; the second ends it now.
"""

from __future__ import annotations

import gc
import math
import threading
import time
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from assetgen import __version__, project
from assetgen.errors import (
    AssetgenError,
    Diagnostic,
    ExitCode,
    SpecInvalid,
    UsageError,
)
from assetgen.events import DiagnosticEvent, VersionEvent, events_of_error
from assetgen.finish import input_files
from assetgen.load import lock_name
from assetgen.runs import Recording
from assetgen.signals import next_item, signals_told
from assetgen.state import UNSURE
from assetgen.store import prepare_workspace
from assetgen.values import replace
from assetgen.watched import (
    Ending,
    Sight,
    Things,
    compare,
    digest_at,
    ending_of,
    everything_below,
    folders_to_watch,
    look,
    looks_cut,
    seen_by_build,
)
from assetgen.watching import Batch, Watcher, events_arrive, far_file_system
from assetgen.watchmoney import Purse, held_back
from assetgen.watchrounds import Audience, Round, deaf, far, signature_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

    from assetgen.events import Listener
    from assetgen.model import AssetName
    from assetgen.world import Options, Planned

_STOPPED: Final = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})
_CUT_S: Final = 0.5
_MOST_CUT_S: Final = 5.0
_POLLED_S: Final = 0.1
_BURST_S: Final = 0.5
"""What changes so soon after a build is taken for one of many changes."""
_BURST_PAUSE_S: Final = 0.25
_MOST_BURST_S: Final = 2.0
_BROKEN_S: Final = 0.2
"""So long a spec that is broken must stay as it is before its errors are told."""
_GONE_S: Final = 1.0
"""How often it is looked for a spec that is gone."""


class Watch:
    """A session: `run` goes on until Ctrl-C, or until `stop` is called."""

    def __init__(
        self,
        options: Options,
        audience: Audience,
        *,
        purse: Purse | None = None,
        poll: bool = False,
    ) -> None:
        """Describe a session.

        Args:
            options: Of every build; its `max_cost_usd` counts for nothing.
            audience: Is told everything.
            purse: What the session may cost; others may spend from it, too.
            poll: Wait for no events of the system.
        """
        self._options = options
        self._audience = audience
        self._purse = purse or Purse(None)
        self._inbox: SimpleQueue[Batch | Diagnostic | None] = SimpleQueue()
        self._watcher = Watcher(self._inbox.put, poll=poll)
        self._things = Things(
            specs=(options.spec,), inputs=(lock_name(options.spec),), folders=("",)
        )
        self._good = self._things
        self._seen: dict[str, Sight] = {}
        self._whole: dict[str, Ending | None] = {}
        self._error: object = None
        self._over_s = -math.inf
        self._stopping = threading.Event()
        self._signalled: ExitCode | None = None
        self._waits_for_others = False

    def stop(self) -> None:
        """End the session once the build that runs is over; from any thread."""
        self._stopping.set()
        self._inbox.put(None)

    def run(self) -> ExitCode:
        """Build, and build again on every change.

        Returns:
            `DONE` after Ctrl-C or `stop`, `TERMINATED` after SIGTERM.

        Raises:
            UsageError: From the beginning there is no spec, or no such name.
            DiskRefused: The private folder cannot be made.
        """
        root = self._options.root
        folder = prepare_workspace(root)
        self._audience.handle(VersionEvent(assetgen=__version__))
        self._seen = look(root, self._things)
        self._watcher.look_at(folders_to_watch(root, self._things))
        if not self._watcher.poll:
            self._doubt_events(folder)
        code = ExitCode.DONE
        with signals_told(self._take_signal):
            try:
                code = self._loop()
            except KeyboardInterrupt:
                code = self._signalled or ExitCode.INTERRUPTED
            finally:
                self._watcher.close()
        return ExitCode.TERMINATED if code is ExitCode.TERMINATED else ExitCode.DONE

    def _take_signal(self, code: ExitCode) -> None:
        """End at the next good moment; at once if asked again, or while we only wait.

        Raises:
            KeyboardInterrupt: It is to end at once.
        """
        again, self._signalled = self._signalled is not None, code
        if again or self._waits_for_others:
            raise KeyboardInterrupt
        self.stop()

    def _loop(self) -> ExitCode:
        changed: tuple[str, ...] | None = ()
        heard_s, first = time.monotonic(), True
        while changed is not None:
            code = self._round(changed, heard_s, first=first)
            if code in _STOPPED:
                return code
            first = False
            self._watch_on()
            changed, heard_s = self._wait()
        return self._signalled or ExitCode.INTERRUPTED

    # --- waiting for something to do ----------------------------------------------

    def _watch_on(self) -> None:
        """Watch what the last round found, and let go of what it made."""
        self._watcher.look_at(folders_to_watch(self._options.root, self._things))
        gc.unfreeze()  # planning keeps all it makes from being collected
        gc.collect()

    def _wait(self) -> tuple[tuple[str, ...] | None, float]:
        """Return what changed, once something did, and when that was heard of.

        None if the session is to end.
        """
        base = f"{self._options.root}/"
        while True:
            batches = self._next_batches()
            if batches is None or self._stopping.is_set():
                return None, 0.0
            # A folder may have become another one of the same name.
            self._watcher.look_at(folders_to_watch(self._options.root, self._things))
            told = {path.removeprefix(base) for each in batches for path in each.paths}
            changed = self._look(told)
            if changed:
                heard_s = min((x.first_s for x in batches), default=time.monotonic())
                return self._settle(changed), heard_s

    def _next_batches(self) -> list[Batch] | None:
        """Return all that came, once something did; None if the session is to end."""
        found: list[Batch] = []
        try:
            item = next_item(self._inbox, _GONE_S if self._is_gone() else None)
            while item is not None:
                if isinstance(item, Diagnostic):
                    self._audience.handle(DiagnosticEvent(diagnostic=item))
                    self._watcher.start_polling()
                else:
                    found.append(item)
                item = self._inbox.get_nowait()
        except Empty:
            if self._watcher.trouble is not None:
                told = deaf(f"the system says: {self._watcher.trouble}")
                self._audience.handle(DiagnosticEvent(diagnostic=told))
                self._watcher.trouble = None
            return found
        return None

    def _is_gone(self) -> bool:
        return not (self._options.root / self._options.spec).is_file()

    def _look(self, suspects: set[str]) -> tuple[str, ...]:
        """Return what changed since the last look."""
        root = self._options.root
        now = look(root, self._things)
        changed, self._seen = compare(root, self._seen, now, suspects)
        return changed

    def _settle(self, changed: tuple[str, ...]) -> tuple[str, ...]:
        """Wait until files that may still be written stay as they are.

        One save is built at once. It is waited where a spec file seems half written,
        where saves follow upon each other, and where nobody says that it is quiet.

        Returns:
            All that changed, in the meantime too.
        """
        all_ = dict.fromkeys(changed)
        began_s = time.monotonic()
        burst = began_s - self._over_s < _BURST_S
        while not self._stopping.is_set():
            cut = self._seems_cut(all_)
            pause_s = _CUT_S if cut else _BURST_PAUSE_S if burst else _POLLED_S
            if not (cut or burst or self._watcher.poll):
                break
            most_s = _MOST_CUT_S if cut else _MOST_BURST_S
            if time.monotonic() - began_s > most_s or self._stopping.wait(pause_s):
                break
            found = self._look({each for each in all_ if each in self._things.specs})
            all_.update(dict.fromkeys(found))
            if not found:
                break
        return tuple(all_)

    def _seems_cut(self, changed: Container[str]) -> bool:
        """Return whether a spec file that changed may be half written."""
        root = self._options.root
        return any(
            looks_cut(ending_of(root / path), self._whole.get(path))
            for path in self._things.specs
            if path in changed
        )

    def _doubt_events(self, folder: Path) -> None:
        """Find out, beside the first build, whether events come here at all."""
        kind = far_file_system(self._options.root)
        if kind is not None:
            self._audience.handle(DiagnosticEvent(diagnostic=far(kind)))

        def probe() -> None:
            if not events_arrive(folder) and not self._stopping.is_set():
                self._inbox.put(deaf("no event came for a file of ours"))

        threading.Thread(target=probe, daemon=True).start()

    # --- one round ----------------------------------------------------------------

    def _round(
        self, changed: tuple[str, ...], heard_s: float, *, first: bool
    ) -> ExitCode:
        """Build once and tell of it; return how it ended.

        Raises:
            UsageError: As `run`, in the first round.
        """
        began_s = time.monotonic()
        self._audience.began(changed)
        held: tuple[AssetName, ...] = ()
        before, error = self._error, None
        with Recording(self._options.root, self._audience) as recording:
            try:
                code, held = self._build_settled(recording, began_s, first=first)
                self._error = None
            except AssetgenError as found:
                if first and isinstance(found, UsageError):
                    raise
                code, error = found.exit_code, found
                self._take_error(found, recording)
        if code in _STOPPED and self._stopping.is_set():
            return code
        done = Round(
            changed=changed,
            code=code,
            error=error is not None,
            same=error is not None and self._error == before,
            mended=before is not None and error is None,
            held=held,
            spent_usd=self._purse.spent_usd,
            cap_usd=self._purse.cap_usd,
            heard_s=heard_s,
            began_s=began_s,
            ended_s=time.monotonic(),
        )
        self._over_s = done.ended_s
        self._audience.ended(done, self._good)
        return code

    def _take_error(self, error: AssetgenError, recording: Recording) -> None:
        """Remember what is wrong, and tell it unless it is what it was before."""
        if self._is_gone():
            spec = self._options.spec
            error = UsageError(f"{spec} is gone: nothing is built until it is back")
        now = signature_of(error)
        if now == self._error:
            recording.stay_silent()
        else:
            for event in events_of_error(error):
                recording.handle(event)
        self._error = now
        # Nobody knows for certain what is missing, so any file may be what is. What was
        # not looked at before counts as changed at the next look, since it may be there
        # since the spec was read.
        root = self._options.root
        folders = everything_below(root)
        self._things = replace(self._good, folders=folders, closely=True)
        wide = look(root, self._things)
        self._seen = {path: self._seen.get(path, Sight(UNSURE)) for path in wide}

    def _build_settled(
        self, recording: Recording, began_s: float, *, first: bool
    ) -> tuple[ExitCode, tuple[AssetName, ...]]:
        """Build as `_build`, again while a broken spec still changes."""
        while True:
            try:
                return self._build(recording, began_s)
            except SpecInvalid:
                if first or self._stopping.wait(_BROKEN_S):
                    raise
                if not self._look(set(self._things.specs)):
                    raise

    def _build(
        self, recording: Recording, began_s: float
    ) -> tuple[ExitCode, tuple[AssetName, ...]]:
        """Make a plan and carry it out as far as the session's money goes.

        Returns:
            How it ended, and what was not drawn.

        Raises:
            AssetgenError: As `project.build`.
        """
        with self._held(recording):
            planned = project.make(self._options)
            try:
                if self._stopping.is_set():
                    return self._signalled or ExitCode.INTERRUPTED, ()
                self._remember(planned)
                self._purse.heed(planned.loaded.settings.budget.watch_usd)
                options = replace(self._options, max_cost_usd=self._purse.left_usd)
                held = held_back(planned, options, self._purse)
                counting = self._purse.through(recording)
                if held is None:
                    code = project.carry_out(planned, options, counting, began_s)
                    return code, ()
                recording.handle(DiagnosticEvent(diagnostic=held.reason))
            finally:
                planned.world.memo.close()
                self._look_at_lock()
            code = held.reason.exit_code
            if held.free:
                free = replace(options, names=held.free, tags=(), max_cost_usd=0.0)
                code = self._build_free(free, counting, began_s)
            return code, held.names

    @contextmanager
    def _held(self, listener: Listener) -> Iterator[None]:
        """Hold the project; while another build does, Ctrl-C ends the waiting."""
        hold = project.held(self._options, "assetgen watch", listener.handle)
        self._waits_for_others = True
        try:
            hold.acquire()
            self._waits_for_others = False
            yield
        finally:
            self._waits_for_others = False
            hold.release()

    def _build_free(
        self, options: Options, listener: Listener, began_s: float
    ) -> ExitCode:
        """Build assets that cost nothing; the project is held."""
        planned = project.make(options)
        try:
            return project.carry_out(planned, options, listener, began_s)
        finally:
            planned.world.memo.close()
            self._look_at_lock()

    def _remember(self, planned: Planned) -> None:
        """Note what the plan was made from: that is what is watched."""
        loaded, world, root = planned.loaded, planned.world, self._options.root
        lock = lock_name(self._options.spec)
        inputs = input_files(loaded, world.state)
        self._things = self._good = Things(
            specs=tuple(each.path for each in loaded.text.files),
            inputs=(*sorted(inputs), lock),
            folders=tuple("" if x == "." else x for x in loaded.text.folders),
        )
        read = {x.path: Sight(UNSURE, x.digest) for x in loaded.text.files}
        for path in inputs:
            if path in world.files.known():
                figures = world.files.figures.get(path, UNSURE)
                read[path] = Sight(figures, world.files[path])
        self._seen = seen_by_build(self._seen, read, look(root, self._things))
        self._whole = {path: ending_of(root / path) for path in self._things.specs}

    def _look_at_lock(self) -> None:
        """Take the lock as it is: nobody but us writes it while we hold the project."""
        lock = lock_name(self._options.spec)
        self._seen[lock] = digest_at(self._options.root, lock)
