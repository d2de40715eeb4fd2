"""What a plain scalar means: the core schema of YAML 1.2, slightly narrowed.

Narrowed: a number with a leading zero is text (``007`` and ``010`` stay as written, so
that nobody has to know whether they are octal), and there are no infinities or NaN.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from assetgen.document.limits import Limits

NUMERIC: Final = frozenset("+-.0123456789")
"""First characters of numbers: a plain scalar is text, unless it starts with one of
these or is one of the `WORDS`."""

WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OTHER_BASE: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def resolve(text: str, limits: Limits) -> str | int | float | bool | None:
    """Return the value of a plain scalar.

    Raises:
        ValueError: It is a number that no spec may hold; the message says why.
    """
    if text in WORDS:
        return WORDS[text]
    if _INTEGER.fullmatch(text):
        _check_digits(text, limits)
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        _check_digits(text, limits)
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        _check_digits(text, limits)
        if math.isfinite(number := float(text)):
            return number
        raise ValueError("the number is too large")
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a number that can be built with")
    return text


def _check_digits(text: str, limits: Limits) -> None:
    """Refuse numbers whose conversion alone would cost time."""
    if len(text) > limits.number_chars:
        raise ValueError(
            f"a number of {len(text):,} digits; {limits.number_chars} are allowed"
        )
