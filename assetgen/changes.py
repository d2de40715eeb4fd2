"""What is known of a request: its draws, and what changed since they came; pure.

The store's record of a request has all its parts. Where it is gone, or never was here
(a fresh clone), the lock's line still says most of it in short.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from assetgen import actionkey, lockline, reasons

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assetgen.digest import Digest, Key
    from assetgen.model import AssetName
    from assetgen.reasons import Reason
    from assetgen.requests import Request
    from assetgen.snapshot import Parts, Row, Snapshot


def known_digests(name: AssetName, key: Key, snapshot: Snapshot) -> tuple[Digest, ...]:
    """Return all draws of a request that are known, as `pick` and the spec count them.

    Those that the lock pins for the asset come first, then the store's others.
    """
    record, pin = snapshot.records.get(key), snapshot.pins.get(name)
    banked = tuple(draw.digest for draw in record.draws) if record else ()
    return banked if pin is None or pin.key != key else joined(pin.draws, banked)


def joined(pinned: Iterable[Digest], banked: Iterable[Digest]) -> tuple[Digest, ...]:
    """Return the draws that the lock pins, and after them the store's others.

    Two draws may have the same bytes: a service that answers out of a cache was paid
    twice all the same. So each pinned draw stands for one that is banked, not for all
    that are like it; who asks for more draws would else never have enough.
    """
    first = tuple(pinned)
    left = Counter(first)
    others: list[Digest] = []
    for each in banked:
        if left[each]:
            left[each] -= 1
        else:
            others.append(each)
    return (*first, *others)


def changes_of(
    name: AssetName, request: Request, row: Row | None, snapshot: Snapshot
) -> tuple[Reason, ...] | None:
    """Return what of a request is not as in the lock, else as in the last build.

    Where only the lock's line is left, its short forms are compared: hashes for words.

    Returns:
        None if nobody knows an earlier request.
    """
    before = previous_parts(name, row, snapshot)
    if before:
        return compare_parts(before, actionkey.request_parts(request))
    pin = snapshot.pins.get(name)
    if pin is None or pin.line is None:
        return None
    key = actionkey.request_key(request)
    now = lockline.line_for(name, request, key, draws=pin.draws, pick=pin.pick)
    changes = compare_parts(lockline.line_parts(pin.line), lockline.line_parts(now))
    if changes or pin.key == key:
        return changes
    # The line has the model that answered, which may have another name than asked for.
    model = reasons.PartChanged("model", pin.line.model or "", request.model or "")
    return (model,)


def previous_parts(name: AssetName, row: Row | None, snapshot: Snapshot) -> Parts:
    """Return the parts of the request that the lock or the last build knows, or ()."""
    pin = snapshot.pins.get(name)
    if pin is not None:
        record = snapshot.records.get(pin.key)
        return record.parts if record else pin.parts
    if row is not None and row.key is not None:
        record = snapshot.records.get(row.key)
        return record.parts if record else ()
    return ()


def compare_parts(old: Parts, new: Parts) -> tuple[Reason, ...]:
    """Return the differences between two explained requests as reasons."""
    before, after = dict(old), dict(new)
    found: list[Reason] = []
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name, ""), after.get(name, "")
        if was == now:
            continue
        if name == "prompt":
            found.append(reasons.PromptChanged(was, now))
        elif name.startswith(("input ", "mask", "markup")):
            found.append(reasons.InputChanged(name))
        else:
            found.append(reasons.PartChanged(name, was, now))
    return tuple(found)
