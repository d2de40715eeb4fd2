"""What the headers of an answer say about how much more may be asked, and when; pure.

Pictures are limited for each minute, and so are requests; where an answer speaks of
pictures, that is heard, and of requests otherwise.

Source: OpenAI rate limit guide, "Rate limits in headers"; the headers that speak of
images are sent but not listed there. RFC 9110, section 10.2.3, on ``Retry-After``.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from assetgen.providers.base import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX: Final = "x-ratelimit-"
_KINDS: Final = ("images", "requests", "tokens")
_UNITS_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)


def limits_of(headers: Mapping[str, str]) -> Limits:
    """Return what an answer said; all None where it said nothing.

    Args:
        headers: By lower-case name.
    """
    kind = "requests"
    if any(f"{_PREFIX}{part}-images" in headers for part in ("limit", "remaining")):
        kind = "images"
    remaining = _number(headers.get(f"{_PREFIX}remaining-{kind}"))
    return Limits(
        images_per_minute=_number(headers.get(f"{_PREFIX}limit-{kind}")),
        remaining=None if remaining is None else int(remaining),
        reset_s=_duration_s(headers.get(f"{_PREFIX}reset-{kind}")),
    )


def retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """Return the seconds that an answer asks us to wait; None where it does not.

    Where no header asks in so many words, it is the time until what is used up is
    there again.

    Args:
        headers: By lower-case name.
        now_s: Seconds since 1970, for answers that name a date.

    Returns:
        Never negative; infinite for a number that is too large.
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        number = _number(headers.get(name))
        if number is not None:
            return number * unit_s
    date_s = _date_s(headers.get("retry-after"))
    if date_s is not None:
        return max(0.0, date_s - now_s)
    resets = [
        _duration_s(headers.get(f"{_PREFIX}reset-{kind}"))
        for kind in _KINDS
        if _number(headers.get(f"{_PREFIX}remaining-{kind}")) == 0
    ]
    known = [each for each in resets if each is not None]
    return max(known) if known else None


def _number(text: str | None) -> float | None:
    """Return a number of at least 0; None for anything else."""
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    if math.isnan(number) or text.strip().lower().lstrip("+").startswith("inf"):
        return None
    return max(0.0, number)


def _date_s(text: str | None) -> float | None:
    if text is None:
        return None
    from email.utils import parsedate_to_datetime  # brings sockets and MIME along

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _duration_s(text: str | None) -> float | None:
    """Return the seconds of ``6m0s``, ``1.5s``, ``20ms`` or a plain number of them."""
    if text is None:
        return None
    written = text.strip()
    if _DURATION.fullmatch(written) is None:
        return _number(written)
    return sum(
        float(number) * _UNITS_S[unit] for number, unit in _PART.findall(written)
    )
