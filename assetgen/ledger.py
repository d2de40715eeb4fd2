"""What was asked of providers and what came of it: `ledger.jsonl`, append-only.

A line goes in before a call (``intent``) and another after it (``result``), each
written whole and waited for, so a crash between the two leaves an intent without a
result: a request whose outcome is unknown and which may have been charged. Lines never
hold a prompt or a credential. Times come in as text; nothing here reads a clock.

A request's outcome, as `unknown_outcomes` sees it::

    intent -- result ok, refused, failed --> settled
       |
       +---- no result (crash), result unknown --> unknown
                 |-- dismissed by the user                          --> settled
                 +-- a later intent of the same key (asked again)   --> settled
                       `-- result refused, failed: nothing was drawn --> unknown again
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias

from assetgen.appending import append_line
from assetgen.digest import Digest, Key
from assetgen.files import make_folder, read_if_there
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from assetgen.model import Json

Outcome: TypeAlias = Literal["ok", "refused", "failed", "unknown"]
CostKind: TypeAlias = Literal["actual", "estimate"]


class Intent(Value, kw_only=True):
    """A call that is about to be made.

    Attributes:
        id: Names the call in this ledger; never used twice.
        run: Names the build that makes it.
        at: Time in ISO 8601, UTC.
        count: Draws asked for.
        estimate_usd: For all of them; None where no price is known.
    """

    id: str
    run: str
    at: str
    key: Key
    asset: str
    provider: str
    model: str | None
    count: int
    estimate_usd: float | None


class Unknown(Value, kw_only=True):
    """A call that may have been charged and gave no picture that we know of.

    Attributes:
        reason: What is known of it, one sentence; empty after a crash.
    """

    intent: Intent
    reason: str = ""


class Ledger:
    """The ledger of one project."""

    def __init__(self, path: Path, *, run: str) -> None:
        """Open a ledger; nothing is written before the first call.

        Args:
            path: The file; made when needed.
            run: Name of this build, different from every earlier one.
        """
        self.path = path
        self._run = run

    def intent(  # noqa: PLR0913  # one argument a field of the line
        self,
        *,
        id: str,  # noqa: A002  # the field's name
        at: str,
        key: Key,
        asset: str,
        provider: str,
        model: str | None,
        count: int,
        estimate_usd: float | None,
        reroll: bool = False,
    ) -> None:
        """Write down that a call is about to be made; fields as in `Intent`.

        Args:
            reroll: Whether the user asked for more draws than the spec wants.

        Raises:
            DiskRefused: It is not written, so the call must not be made.
        """
        line: dict[str, Json] = {
            "entry": "intent",
            "id": id,
            "run": self._run,
            "at": at,
            "key": key,
            "asset": asset,
            "provider": provider,
            "model": model,
            "count": count,
            "estimate_usd": estimate_usd,
        }
        self._append({**line, "reroll": True} if reroll else line)

    def result(  # noqa: PLR0913  # one argument a field of the line
        self,
        *,
        id: str,  # noqa: A002  # the field's name
        at: str,
        outcome: Outcome,
        draws: Sequence[Digest] = (),
        cost_usd: float | None = None,
        cost: CostKind | None = None,
        tokens: Mapping[str, int] | None = None,
        request_id: str = "",
        reason: str = "",
        kept: Sequence[Digest] = (),
    ) -> None:
        """Write down what came of a call.

        Args:
            id: As in the intent.
            at: Time in ISO 8601, UTC.
            outcome: ``ok`` only once the draws are banked.
            draws: Digests of the banked draws.
            cost_usd: Cost of all draws; None where it is not known. Of an unknown
                outcome the intent's estimate is all there is.
            cost: Where there is a cost: whether the provider said so (``actual``) or
                it is our ``estimate``.
            tokens: What the provider counted for the whole call, by its own names.
            request_id: The provider's name for the call.
            reason: For other outcomes than ``ok``, one sentence of our own.
            kept: Blobs with bytes that came and could not be used as pictures.

        Raises:
            DiskRefused: It is not written; the call will count as unknown.
        """
        self._append(
            {
                "entry": "result",
                "id": id,
                "at": at,
                "outcome": outcome,
                "draws": list(draws),
                "cost_usd": cost_usd,
                "cost": None if cost_usd is None else cost,
                "tokens": dict(tokens) if tokens else None,
                "request_id": request_id,
                "reason": reason,
                "kept": list(kept),
            }
        )

    def dismiss(self, key: Key, *, at: str) -> None:
        """Write down that the user settled the unknown outcomes of a key."""
        self._append({"entry": "dismissed", "key": key, "at": at})

    def entries(self) -> Iterator[dict[str, Json]]:
        """Yield all lines in order; a line that a crash cut short is passed over.

        Raises:
            DiskRefused: The ledger is there and cannot be read.
        """
        decode = json.JSONDecoder().decode
        for line in (read_if_there(self.path) or b"").splitlines():
            try:
                entry = decode(str(line, "utf-8"))
            except (ValueError, RecursionError):
                continue
            if isinstance(entry, dict):
                yield entry

    def unknown_outcomes(self) -> tuple[Unknown, ...]:
        """Return the calls whose outcome is unknown, in the order they were made.

        Calls of this run that are still in flight are among them.
        """
        return unknown_outcomes(self.entries())

    def _append(self, entry: dict[str, Json]) -> None:
        """Write one line."""
        make_folder(self.path.parent, 0o700)
        text = json.dumps(entry, separators=(",", ":"), ensure_ascii=False)
        append_line(self.path, text, what="ledger")


def unknown_outcomes(entries: Iterable[dict[str, Json]]) -> tuple[Unknown, ...]:
    """Return which calls of a ledger may have been charged for nothing."""
    doubts = _Doubts()
    for entry in entries:
        match entry.get("entry"):
            case "intent":
                intent = _intent_of(entry)
                if intent is not None:
                    doubts.take_intent(intent)
            case "result":
                doubts.take_result(entry)
            case "dismissed":
                doubts.dismiss(entry.get("key"))
            case _:
                pass  # of a later version, or not ours
    return doubts.open()


class _Doubts:
    """Calls whose outcome is open while the ledger's lines go by."""

    def __init__(self) -> None:
        self._open: dict[str, Unknown] = {}
        self._asked_again: dict[str, dict[str, Unknown]] = {}
        self._order: dict[str, int] = {}

    def open(self) -> tuple[Unknown, ...]:
        """Return them in the order in which the calls were made."""
        made = self._order
        return tuple(sorted(self._open.values(), key=lambda each: made[each.intent.id]))

    def take_intent(self, intent: Intent) -> None:
        """Take that a call is made; it asks again what is open of the same request."""
        self._order[intent.id] = len(self._order)
        replaced = {
            name: each
            for name, each in self._open.items()
            if each.intent.key == intent.key and _is_over(each, intent.run)
        }
        for name in replaced:
            del self._open[name]
        self._asked_again[intent.id] = replaced
        self._open[intent.id] = Unknown(intent=intent)

    def take_result(self, result: dict[str, Json]) -> None:
        """Take what came of a call."""
        name, outcome = str(result.get("id")), result.get("outcome")
        call = self._open.get(name)
        if call is None:
            return
        replaced = self._asked_again.pop(name, {})
        if outcome == "unknown":
            reason = str(result.get("reason") or "no answer")
            self._open[name] = Unknown(intent=call.intent, reason=reason)
            return
        del self._open[name]
        if outcome in ("refused", "failed"):
            # It was not carried out, so nobody knows more than before.
            self._open.update(replaced)

    def dismiss(self, key: Json) -> None:
        """Take that the user settled the open calls of a request."""
        for name in [n for n, each in self._open.items() if each.intent.key == key]:
            del self._open[name]
            self._asked_again.pop(name, None)


def _is_over(call: Unknown, run: str) -> bool:
    """Tell whether a call is not in flight beside one of the same key.

    A call of the same run without a result is.
    """
    return bool(call.reason) or call.intent.run != run


def _intent_of(entry: dict[str, Json]) -> Intent | None:
    """Return the intent that a line holds; None if a field is missing."""
    try:
        estimate, model = entry["estimate_usd"], entry["model"]
        return Intent(
            id=str(entry["id"]),
            run=str(entry["run"]),
            at=str(entry["at"]),
            key=Key(str(entry["key"])),
            asset=str(entry["asset"]),
            provider=str(entry["provider"]),
            model=None if model is None else str(model),
            count=int(str(entry["count"])),
            estimate_usd=None if estimate is None else float(str(estimate)),
        )
    except (KeyError, ValueError):
        return None
