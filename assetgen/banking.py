"""A provider wrapper that banks every picture before anybody looks at it.

The order is what makes a crash harmless: intent in the ledger, the call, blobs, the
action record, the result in the ledger. Whatever happens in between, either the picture
is in the store or the ledger shows a call without a result. Bytes that are no picture
are kept as blobs for whoever wants to look into them; no record names them. Free
providers leave no lines in the ledger, and their blobs need not survive a power cut.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from assetgen import failpoints
from assetgen.actionkey import request_key, request_parts
from assetgen.errors import (
    AssetgenError,
    CredentialsMissing,
    DiskRefused,
    OutcomeUnknown,
    OverBudget,
    ProviderError,
    ProviderRefused,
)
from assetgen.model import Size
from assetgen.providers.wrapping import Wrapper
from assetgen.requests import DrawRecord
from assetgen.values import Value, as_mapping, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from assetgen.digest import Digest, Key
    from assetgen.ledger import Ledger, Outcome, Unknown
    from assetgen.model import Json
    from assetgen.providers.base import Drawing, Order, Word
    from assetgen.requests import Request
    from assetgen.store import Store
    from assetgen.transforms.opening import PictureInfo

_SUMS: Final = ("input_tokens", "output_tokens", "total_tokens")
"""What a usage report calls its sums."""


class Banking(Wrapper):
    """A provider whose draws are in the store when `draw` returns.

    Attributes:
        now: Gives the time in ISO 8601, UTC.
        call_id: Gives a name that no other call has.
        rerolled: Assets for which the user asked for more draws than the spec wants.
    """

    store: Store
    ledger: Ledger
    now: Callable[[], str]
    call_id: Callable[[], str]
    rerolled: Container[str] = frozenset()

    def draw(
        self, order: Order, count: int, on_progress: Callable[[Word], None]
    ) -> list[Drawing]:
        """Draw `count` pictures, bank what comes, and return what can be used of it.

        Raises:
            ProviderError: As the inner provider, as are refused credentials and a
                budget that does not allow the call; an unknown outcome's message names
                the blob with the answer's bytes, where some came.
            DiskRefused: The pictures could not be banked.
        """
        key = request_key(order.request)
        call = self.call_id()
        if self.paid:
            self._note_intent(call, key, order, count)
        try:
            drawings = self.inner.draw(order, count, on_progress)
        except ProviderRefused as error:
            if error.remember:
                parts = request_to_json(order.request)
                level = order.request.moderation
                self.store.remember_refusal(key, parts, level, error.message)
            self._note_failure(call, "refused", error)
            raise
        except OutcomeUnknown as error:
            raise self._with_answer_kept(call, error) from error
        except (ProviderError, CredentialsMissing, OverBudget) as error:
            self._note_failure(call, "failed", error)
            raise
        failpoints.hit("answer", "received")
        try:
            banked = self._bank(call, key, order, drawings)
        except DiskRefused as error:
            lost = OutcomeUnknown(f"it came and was not banked: {error.message}")
            with suppress(DiskRefused):
                self._note_failure(call, "unknown", lost)
            raise
        if self.paid:
            _note_banked(self.ledger, call, self.now(), banked.records, banked.bad)
        if banked.bad:
            on_progress(_some_unusable(banked.bad))
        return list(banked.drawings)

    def _bank(
        self, call: str, key: Key, order: Order, drawings: list[Drawing]
    ) -> _Banked:
        """Put all bytes into the store, then record those that are pictures.

        Raises:
            OutcomeUnknown: None of them is a picture.
            DiskRefused: They are not banked.
        """
        digests = [self.store.put(each.data, durable=self.paid) for each in drawings]
        banked = _sorted_out(
            drawings, digests, call if self.paid else "", trusted=self.deterministic
        )
        if not banked.records:
            kept = _in_brackets(banked.bad)
            unusable = OutcomeUnknown(
                f"unexpected answer: {banked.reason}{kept}",
                hint=self._where(banked.bad),
            )
            self._note_failure(call, "unknown", unusable, banked.bad)
            raise unusable
        self.store.bank(
            key,
            request_to_json(order.request),
            banked.records,
            first_draw=order.first_draw if self.deterministic else None,
            durable=self.paid,
        )
        return banked

    def _with_answer_kept(self, call: str, error: OutcomeUnknown) -> OutcomeUnknown:
        """Keep the bytes that came instead of a picture, and return the error to raise.

        A disk that is full lets them go: the error itself matters more.
        """
        bad: tuple[Digest, ...] = ()
        if error.answer:
            with suppress(DiskRefused):
                bad = (self.store.put(error.answer, durable=self.paid),)
        told = OutcomeUnknown(
            f"{error.message}{_in_brackets(bad)}",
            hint=error.hint or self._where(bad),
            answer=error.answer,
        )
        self._note_failure(call, "unknown", told, bad)
        return told

    def _where(self, kept: Sequence[Digest]) -> str | None:
        """Return where the first of the bytes that were kept can be looked at."""
        if not kept:
            return None
        return f"what came can be looked at in {self.store.path(kept[0])}"

    def _note_intent(self, call: str, key: Key, order: Order, count: int) -> None:
        sizes = tuple(Size(each.width, each.height) for each in order.inputs)
        try:
            self.ledger.intent(
                id=call,
                at=self.now(),
                key=key,
                asset=order.asset,
                provider=self.name,
                model=order.request.model or self.default_model,
                count=count,
                estimate_usd=self.estimate(order.as_asked, count, sizes).usd,
                reroll=order.asset in self.rerolled,
            )
        except DiskRefused as error:
            # The line may be there all the same, and the call will not be made.
            with suppress(DiskRefused):
                self._note_failure(call, "failed", error)
            raise

    def _note_failure(
        self,
        call: str,
        outcome: Outcome,
        error: AssetgenError,
        kept: tuple[Digest, ...] = (),
    ) -> None:
        if self.paid:
            self.ledger.result(
                id=call,
                at=self.now(),
                outcome=outcome,
                reason=error.message,
                kept=kept,
            )


# --- what came ----------------------------------------------------------------


class _Banked(Value):
    """What came of an answer's pictures.

    Attributes:
        drawings: Those that are whole.
        records: One for each of them.
        bad: Blobs of the others.
        reason: Why the last of the others cannot be used.
    """

    drawings: tuple[Drawing, ...]
    records: tuple[DrawRecord, ...]
    bad: tuple[Digest, ...]
    reason: str


def _sorted_out(
    drawings: Sequence[Drawing], digests: Sequence[Digest], call: str, *, trusted: bool
) -> _Banked:
    """Tell pictures from other bytes.

    Args:
        trusted: The provider's own code draws, so reading the header is enough; what
            comes from elsewhere is decoded to its end.
    """
    from assetgen.transforms.opening import probe, probe_whole

    look = probe if trusted else probe_whole
    good: list[Drawing] = []
    records: list[DrawRecord] = []
    bad: list[Digest] = []
    reason = "there is no picture in it"
    for drawing, digest in zip(drawings, digests, strict=True):
        try:
            info = look(drawing.data)
        except AssetgenError as error:
            bad.append(digest)
            reason = error.message
        else:
            good.append(drawing)
            records.append(_record(drawing, digest, info, call))
    if bad and good:
        records = _bearing(drawings, good, records)
    return _Banked(tuple(good), tuple(records), tuple(bad), reason)


def _bearing(
    drawings: Sequence[Drawing], good: Sequence[Drawing], records: list[DrawRecord]
) -> list[DrawRecord]:
    """Return records that bear the whole price: what is of no use was paid for, too."""
    paid_usd = sum(each.cost_usd or 0.0 for each in drawings)
    lost_usd = paid_usd - sum(each.cost_usd or 0.0 for each in good)
    return [
        each
        if each.cost_usd is None
        else replace(each, cost_usd=each.cost_usd + lost_usd / len(good))
        for each in records
    ]


def _record(
    drawing: Drawing, digest: Digest, info: PictureInfo, call: str
) -> DrawRecord:
    return DrawRecord(
        digest=digest,
        format=info.format,
        width=info.width,
        height=info.height,
        bytes=len(drawing.data),
        cost_usd=drawing.cost_usd,
        cost_estimated=drawing.cost_estimated,
        request_id=drawing.request_id,
        model=drawing.model,
        usage=drawing.usage,
        call=call,
    )


def _in_brackets(kept: Sequence[Digest]) -> str:
    """Return under which names bytes were kept, to be put after a reason."""
    return f" (kept as {', '.join(each[:12] for each in kept)})" if kept else ""


def _some_unusable(bad: Sequence[Digest]) -> str:
    count = "a picture" if len(bad) == 1 else f"{len(bad)} pictures"
    return f"{count} of the answer could not be used{_in_brackets(bad)}"


def request_to_json(request: Request) -> dict[str, Json]:
    """Return a request as an action record keeps it: its fields, and what was hashed."""
    fields: dict[str, Json] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in as_mapping(request).items()
    }
    fields["params"] = [[name, value] for name, value in request.params]
    fields["parts"] = [[name, value] for name, value in request_parts(request)]
    return fields


def _note_banked(
    ledger: Ledger,
    call: str,
    at: str,
    records: Sequence[DrawRecord],
    bad: Sequence[Digest] = (),
) -> None:
    prices = [each.cost_usd for each in records]
    known = [price for price in prices if price is not None]
    is_ours = any(each.cost_estimated for each in records)
    ledger.result(
        id=call,
        at=at,
        outcome="ok",
        draws=[each.digest for each in records],
        cost_usd=sum(known) if len(known) == len(prices) else None,
        cost="estimate" if is_ours else "actual",
        tokens=_tokens(records[0].usage),
        request_id=records[0].request_id,
        reason=_some_unusable(bad) if bad else "",
        kept=bad,
    )


def _tokens(usage: Json) -> dict[str, int]:
    """Return the sums of a usage report; it speaks of the call, not of one draw."""
    if not isinstance(usage, dict):
        return {}
    sums = {name: usage.get(name) for name in _SUMS}
    return {name: count for name, count in sums.items() if isinstance(count, int)}


# --- after a crash ------------------------------------------------------------


class OpenCalls(Value):
    """The ledger's calls without a good end, when a build begins.

    Attributes:
        unknown: May have been charged, and no picture came.
        banked: A crash came between the action record and the ledger's last line.
    """

    unknown: tuple[Unknown, ...] = ()
    banked: tuple[tuple[Unknown, tuple[DrawRecord, ...]], ...] = ()


def open_calls(ledger: Ledger, store: Store) -> OpenCalls:
    """Return the calls whose end the ledger does not know; nothing is written."""
    if not ledger.path.exists():
        return OpenCalls()
    return told_apart(ledger.unknown_outcomes(), store)


def told_apart(calls: Iterable[Unknown], store: Store) -> OpenCalls:
    """Return which calls without an end in the ledger brought draws all the same."""
    unknown: list[Unknown] = []
    banked: list[tuple[Unknown, tuple[DrawRecord, ...]]] = []
    for each in calls:
        call, draws = each.intent.id, store.draws(each.intent.key)
        brought = tuple(draw for draw in draws if draw.call == call)
        if brought:
            banked.append((each, brought))
        else:
            unknown.append(each)
    return OpenCalls(tuple(unknown), tuple(banked))


def settle(calls: OpenCalls, ledger: Ledger, at: str) -> None:
    """Write down that what a crash left open was banked.

    Raises:
        DiskRefused: The ledger cannot be written.
    """
    for each, draws in calls.banked:
        _note_banked(ledger, each.intent.id, at, draws)
