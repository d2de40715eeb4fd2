"""What the gallery does to the project: picks, re-rolls and builds, one at a time.

They are the commands' own functions, with the project's hold, the ledger and the lock as
ever; only the listener is another. Money comes out of the session's purse, and whatever
costs something is done only up to the price that a person saw and confirmed: it is
looked at when the job is asked for, and once more while the project is held.
"""

from __future__ import annotations

import secrets
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen import picking, project, rerolling
from assetgen.budget import money
from assetgen.errors import AssetgenError, ExitCode, OverBudget
from assetgen.events import (
    AssetFailed,
    BudgetEvent,
    DiagnosticEvent,
    DrawBanked,
    PlanEvent,
    UnknownOutcome,
)
from assetgen.gallery.wall import asset_id
from assetgen.report.summary import WAITING
from assetgen.runs import Recording
from assetgen.signals import Stopper
from assetgen.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assetgen.decide import PlannedAsset
    from assetgen.events import Event
    from assetgen.model import AssetName, Json
    from assetgen.serve.hub import Hub
    from assetgen.watchmoney import Purse
    from assetgen.world import Options

_ROUNDING_USD: Final = 1e-9
_MOST_WAITING: Final = 200
_STOPPED: Final = frozenset({ExitCode.INTERRUPTED, ExitCode.TERMINATED})


class PriceMoved(AssetgenError):
    """It costs more than was confirmed; nothing was asked for."""

    exit_code = ExitCode.OVER_BUDGET
    code = "price-moved"


class SessionEnded(AssetgenError):
    """Somebody pressed Ctrl-C before anything was asked for."""

    exit_code = ExitCode.INTERRUPTED
    code = "ended"


class TooManyJobs(AssetgenError):
    """So many are waiting that something must be wrong."""

    code = "too-many-jobs"


class Job(NamedTuple):
    """Something to do.

    Attributes:
        kind: ``pick``, ``reroll`` or ``build``.
        asset: Whose; None for several.
        do: Does it, telling the listener; returns how it ended.
    """

    id: str
    kind: str
    asset: AssetName | None
    do: Callable[[Options, _Listener], ExitCode]


class Ending:
    """What came after the session was told to end.

    Attributes:
        banked: The assets of draws that were waited for, one entry a draw.
        unknown: Calls that nobody waited for, and others without an end.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.banked: list[str] = []
        self.unknown: list[UnknownOutcome] = []


class Jobs:
    """A queue with one worker; `add` may be called from any thread."""

    def __init__(
        self,
        options: Options,
        hub: Hub,
        purse: Purse,
        *,
        on_end: Callable[[], None],
    ) -> None:
        """Do nothing before `start`.

        Args:
            options: Of every job; their `max_cost_usd` is what the purse has left.
            hub: Hears how each job is getting on.
            purse: Of the session.
            on_end: Called after each job, on the worker's thread.
        """
        self._options = options
        self._hub = hub
        self._purse = purse
        self._on_end = on_end
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._stopper = Stopper()
        self.busy = threading.Event()
        self.ending = Ending()

    def start(self) -> None:
        """Begin with what is asked for."""
        self._thread.start()

    def end_soon(self) -> None:
        """Ask for nothing more; called again, do not wait for what was asked for.

        What waits for its turn is dropped; `close` waits for what is being done.
        """
        self._stopper.stop()
        while not self._queue.empty():
            self._queue.get()
        self._queue.put(None)

    def close(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is being done any more; return whether that is so."""
        if not self._stopper.is_stopping:
            self.end_soon()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def pick(self, name: AssetName, draw: int) -> str:
        """Make another draw the picture of an asset; return the job's id."""

        def do(options: Options, listener: _Listener) -> ExitCode:
            done = picking.pick(options, name, str(draw), listener)
            listener.afterword = _dependents_words(done.dependents or ())
            return done.code or ExitCode.DONE

        return self._add("pick", name, do)

    def reroll(
        self, name: AssetName, count: int, *, keep_pick: bool, confirmed_usd: float
    ) -> str:
        """Ask for new draws; return the job's id."""

        def tell_price(asset: PlannedAsset, _budget_usd: float) -> None:
            # Asked while the project is held: nobody spends of the purse meanwhile.
            require_confirmed(asset.estimate.usd, confirmed_usd)
            self._require_left(asset.estimate.usd)

        def do(options: Options, listener: _Listener) -> ExitCode:
            done = rerolling.reroll(
                options,
                name,
                count,
                keep_pick=keep_pick,
                listener=listener,
                tell_price=tell_price,
            )
            return done.code

        return self._add("reroll", name, do)

    def build(self, names: tuple[AssetName, ...], confirmed_usd: float) -> str:
        """Build some assets, or all for none named; return the job's id."""

        def do(options: Options, listener: _Listener) -> ExitCode:
            began_s = time.monotonic()
            with (
                Recording(options.root, listener) as recording,
                project.held(options, "assetgen serve", recording.handle),
            ):
                left_usd = self._purse.left_usd
                chosen = replace(options, names=names, max_cost_usd=left_usd)
                planned = project.make(chosen)
                try:
                    require_confirmed(planned.plan.estimate_usd(), confirmed_usd)
                    return project.carry_out(planned, chosen, recording, began_s)
                finally:
                    planned.world.memo.close()

        return self._add("build", names[0] if len(names) == 1 else None, do)

    def _require_left(self, estimate_usd: float | None) -> None:
        """Do nothing if the session has so much left.

        Raises:
            OverBudget: It has not.
        """
        left = self._purse.left_usd
        if (estimate_usd or 0.0) > left + _ROUNDING_USD:
            raise OverBudget(
                f"it costs about {money(estimate_usd or 0.0)}, and the session has "
                f"{money(left)} of {money(self._purse.cap_usd)} left; nothing was drawn",
                hint="--max-cost begins a session with more",
            )

    def _add(
        self,
        kind: str,
        asset: AssetName | None,
        do: Callable[[Options, _Listener], ExitCode],
    ) -> str:
        if self._queue.qsize() >= _MOST_WAITING:
            raise TooManyJobs("too much is waiting to be done already")
        job = Job(secrets.token_hex(8), kind, asset, do)
        self._queue.put(job)
        return job.id

    # --- the worker -----------------------------------------------------------

    def _work(self) -> None:
        with self._stopper.heard():
            while (job := self._queue.get()) is not None:
                self.busy.set()
                self._tell(job, "running")
                code, message = self._done(job)
                # What it changed is on its way to pages before they hear of its end.
                self._on_end()
                self._tell(job, "failed" if code else "done", code, message)
                self.busy.clear()

    def _done(self, job: Job) -> tuple[str | None, str | None]:
        """Do a job; return why it failed, or None and what else there is to say."""
        listener = _Listener(
            self._purse,
            lambda message: self._tell(job, "running", None, message),
            self._stopper,
            self.ending,
        )
        options = replace(self._options, max_cost_usd=self._purse.left_usd)
        try:
            code = job.do(options, listener)
        except AssetgenError as error:
            hint = f"; {error.hint}" if error.hint else ""
            return error.code, f"{error.message}{hint}"
        except OSError as error:
            return "disk", f"the system refused: {error.strerror or error}".lower()
        except Exception as error:  # noqa: BLE001  # a bug must not end the gallery; it is told
            return "bug", f"a bug in assetgen: {type(error).__name__}"
        if code in _STOPPED:
            return "ended", "the gallery was ended; what came in time is banked"
        if code is not ExitCode.DONE:
            return code.name.lower().replace("_", "-"), listener.failure or "it failed"
        return None, listener.afterword

    def _tell(
        self,
        job: Job,
        state: str,
        code: str | None = None,
        message: str | None = None,
    ) -> None:
        data: Mapping[str, Json] = {
            "job": job.id,
            "id": asset_id(job.asset) if job.asset is not None else None,
            "kind": job.kind,
            "state": state,
            "code": code,
            "message": message,
        }
        self._hub.tell("job", data)


class _Listener:
    """Hears of a job's build; pages hear of it through its journal.

    Attributes:
        failure: The first thing that went wrong.
        afterword: What to say once it is done.
    """

    def __init__(
        self,
        purse: Purse,
        tell_waiting: Callable[[str], None],
        stopper: Stopper,
        ending: Ending,
    ) -> None:
        self._purse = purse
        self._tell_waiting = tell_waiting
        self._stopper = stopper
        self._ending = ending
        self._spent_usd = 0.0
        self.failure: str | None = None
        self.afterword: str | None = None

    def handle(self, event: Event) -> None:
        """Count the money, and note what went wrong.

        Raises:
            SessionEnded: Something is about to be drawn, and the session ends.
        """
        if self._stopper.is_stopping:
            self._take_late(event)
        if isinstance(event, BudgetEvent):
            self._purse.spent_usd += event.spent_usd - self._spent_usd
            self._spent_usd = event.spent_usd
        elif isinstance(event, AssetFailed):
            self.failure = self.failure or event.message
        elif isinstance(event, DiagnosticEvent):
            found = event.diagnostic
            if found.code == WAITING:
                self._tell_waiting(found.message)
            elif found.severity == "error":
                self.failure = self.failure or found.message

    def _take_late(self, event: Event) -> None:
        """Note what comes while the session ends, for whoever ended it."""
        if isinstance(event, PlanEvent) and event.draws:
            raise SessionEnded("the gallery was ended first; nothing was drawn")
        if isinstance(event, DrawBanked):
            self._ending.banked.append(event.asset)
        elif isinstance(event, UnknownOutcome):
            self._ending.unknown.append(event)


def _dependents_words(dependents: Sequence[PlannedAsset]) -> str | None:
    """Return what the next build draws because of a pick; None for nothing paid."""
    prices = [each.estimate.usd for each in dependents if each.draws]
    if not any(usd is None or usd > 0 for usd in prices):
        return None
    draws = sum(each.draws for each in dependents)
    known = [usd for usd in prices if usd is not None]
    sum_ = (
        f"about {money(sum(known))}" if len(known) == len(prices) else "price unknown"
    )
    many = f"{draws} pictures that need it" if draws > 1 else "a picture that needs it"
    return f"the next build redraws {many}, {sum_}"


def require_confirmed(estimate_usd: float | None, confirmed_usd: float) -> None:
    """Do nothing if somebody agreed to the price.

    Raises:
        OverBudget: Nobody knows the price.
        PriceMoved: It is higher than what was agreed to.
    """
    if estimate_usd is None:
        raise OverBudget(
            "nobody knows what this will cost, so nobody can agree to it",
            hint="start the gallery with --assume-cost USD, the price of one picture",
        )
    if estimate_usd > confirmed_usd + _ROUNDING_USD:
        raise PriceMoved(
            f"it costs {money(estimate_usd)} now, and {money(confirmed_usd)} was "
            "confirmed; nothing was drawn"
        )
