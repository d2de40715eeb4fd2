"""A provider wrapper that banks every picture before anybody looks at it.

The order is what makes a crash harmless: intent in the ledger, the call, blobs, the
action record, the result in the ledger. Whatever happens in between, either the picture
is in the store or the ledger shows a call without a result. Free providers leave no
lines in the ledger, and their blobs need not survive a power cut.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from assetgen import failpoints
from assetgen.actionkey import request_key, request_parts
from assetgen.errors import (
    AssetgenError,
    CredentialsMissing,
    DiskRefused,
    OutcomeUnknown,
    ProviderError,
    ProviderRefused,
)
from assetgen.model import DrawRecord, Size
from assetgen.providers.wrapping import Wrapper
from assetgen.values import Value, as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assetgen.digest import Key
    from assetgen.ledger import Ledger, Outcome, Unknown
    from assetgen.model import Json, Request
    from assetgen.providers.base import Drawing, Order, Word
    from assetgen.store import Store


class Banking(Wrapper):
    """A provider whose draws are in the store when `draw` returns.

    Attributes:
        now: Gives the time in ISO 8601, UTC.
        call_id: Gives a name that no other call has.
    """

    store: Store
    ledger: Ledger
    now: Callable[[], str]
    call_id: Callable[[], str]

    def draw(
        self, order: Order, count: int, on_progress: Callable[[Word], None]
    ) -> list[Drawing]:
        """Draw `count` pictures and bank what comes.

        Raises:
            ProviderError: As the inner provider.
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
                parts = readable(order.request)
                level = order.request.moderation
                self.store.remember_refusal(key, parts, level, error.message)
            self._note_failure(call, "refused", error)
            raise
        except OutcomeUnknown as error:
            self._note_failure(call, "unknown", error)
            raise
        except (ProviderError, CredentialsMissing) as error:
            self._note_failure(call, "failed", error)
            raise
        failpoints.hit("answer", "received")
        try:
            records = self._bank(call, key, order, drawings)
        except DiskRefused as error:
            lost = OutcomeUnknown(f"it came and was not banked: {error.message}")
            with suppress(DiskRefused):
                self._note_failure(call, "unknown", lost)
            raise
        if self.paid:
            _note_banked(self.ledger, call, self.now(), records)
        return drawings

    def _bank(
        self, call: str, key: Key, order: Order, drawings: list[Drawing]
    ) -> list[DrawRecord]:
        digests = [self.store.put(each.data, durable=self.paid) for each in drawings]
        try:
            records = [
                _record(each, digest, call if self.paid else "")
                for each, digest in zip(drawings, digests, strict=True)
            ]
            if not records:
                raise OutcomeUnknown("the provider answered without a picture")
        except AssetgenError as error:
            unusable = OutcomeUnknown(f"unexpected answer: {error.message}")
            self._note_failure(call, "unknown", unusable)
            raise unusable from error
        self.store.bank(
            key,
            readable(order.request),
            records,
            first_draw=order.first_draw if self.deterministic else None,
            durable=self.paid,
        )
        return records

    def _note_intent(self, call: str, key: Key, order: Order, count: int) -> None:
        sizes = tuple(Size(each.width, each.height) for each in order.inputs)
        try:
            self.ledger.intent(
                id=call,
                at=self.now(),
                key=key,
                asset=order.asset,
                provider=self.name,
                model=order.request.model,
                count=count,
                estimate_usd=self.estimate(order.request, count, sizes).usd,
            )
        except DiskRefused as error:
            # The line may be there all the same, and the call will not be made.
            with suppress(DiskRefused):
                self._note_failure(call, "failed", error)
            raise

    def _note_failure(self, call: str, outcome: Outcome, error: AssetgenError) -> None:
        if self.paid:
            self.ledger.result(
                id=call, at=self.now(), outcome=outcome, reason=error.message
            )


def readable(request: Request) -> dict[str, Json]:
    """Return a request as an action record keeps it: its fields, and what was hashed."""
    fields: dict[str, Json] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in as_mapping(request).items()
    }
    fields["params"] = [[name, value] for name, value in request.params]
    fields["parts"] = [[name, value] for name, value in request_parts(request)]
    return fields


def _note_banked(
    ledger: Ledger, call: str, at: str, records: Sequence[DrawRecord]
) -> None:
    prices = [each.cost_usd for each in records]
    known = [price for price in prices if price is not None]
    ledger.result(
        id=call,
        at=at,
        outcome="ok",
        draws=[each.digest for each in records],
        cost_usd=sum(known) if len(known) == len(prices) else None,
        request_id=records[0].request_id,
    )


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
    unknown: list[Unknown] = []
    banked: list[tuple[Unknown, tuple[DrawRecord, ...]]] = []
    for each in ledger.unknown_outcomes():
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


def _record(drawing: Drawing, digest: str, call: str) -> DrawRecord:
    from assetgen.digest import Digest
    from assetgen.transforms.opening import probe

    info = probe(drawing.data)
    return DrawRecord(
        digest=Digest(digest),
        format=info.format,
        width=info.width,
        height=info.height,
        bytes=len(drawing.data),
        cost_usd=drawing.cost_usd,
        request_id=drawing.request_id,
        model=drawing.model,
        usage=drawing.usage,
        call=call,
    )
