"""Events of a stream become partial pictures on the way, and the picture at the end.

Only the event that completes brings a draw. A stream that ends without one, or with an
event that nobody knows how to read as a picture, leaves the outcome unknown.

Source: openai-python 3.54.0, ``types/image_gen_stream_event.py``,
``types/image_edit_stream_event.py``.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from assetgen.errors import AssetgenError, OutcomeUnknown
from assetgen.providers.base import Partial
from assetgen.providers.openai_images.answers import (
    Answer,
    name_of,
    picture_of,
    unusable,
    usage_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from assetgen.model import Json
    from assetgen.providers.base import Word

_PARTIAL: Final = ".partial_image"
_COMPLETED: Final = ".completed"


def read_stream(
    events: Iterable[dict[str, Json]],
    partials: int,
    on_progress: Callable[[Word], None],
) -> Answer:
    """Return the picture of the event that completes.

    Args:
        events: In order, each as the object that was sent.
        partials: How many pictures on the way were asked for; fewer may come.
        on_progress: Told of each partial picture. That it cannot show or store one is
            no reason to lose the picture that was paid for.

    Raises:
        OutcomeUnknown: No event completed it, or its picture cannot be used.
    """
    shown = 0
    for event in events:
        kind = event.get("type")
        if not isinstance(kind, str):
            continue
        if kind.endswith(_PARTIAL):
            shown += 1
            _show(event, shown, max(partials, shown), on_progress)
        elif kind.endswith(_COMPLETED):
            return _completed(event)
    came = f" after {shown} partial picture{'' if shown == 1 else 's'}" if shown else ""
    raise OutcomeUnknown(f"the stream ended without a picture{came}")


def _show(
    event: dict[str, Json], number: int, of: int, on_progress: Callable[[Word], None]
) -> None:
    try:
        picture = picture_of(event.get("b64_json"))
    except ValueError:
        return
    with suppress(AssetgenError):
        on_progress(Partial(picture, number, of))


def _completed(event: dict[str, Json]) -> Answer:
    text = event.get("b64_json")
    try:
        picture = picture_of(text)
    except ValueError as error:
        body = text.encode("utf-8", "replace") if isinstance(text, str) else b""
        raise unusable(f"the picture is {error}", body) from None
    return Answer(
        pictures=(picture,),
        usage=usage_of(event),
        model=name_of(event.get("model")),
    )
