"""The placeholder provider: free, local, deterministic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.providers.base import Drawing, Price

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assetgen.model import Size
    from assetgen.providers.base import Order, Word
    from assetgen.requests import Request


class PlaceholderProvider:
    """Draws a stand-in for every picture that a spec asks for."""

    name = "placeholder"
    version = "1"
    deterministic = True
    paid = False
    local = True
    labelled = True

    def estimate(
        self,
        request: Request,  # noqa: ARG002  # the socket's form
        count: int,  # noqa: ARG002
        input_sizes: Sequence[Size | None] = (),  # noqa: ARG002
    ) -> Price:
        """Return a price of nothing."""
        return Price(0.0)

    def draw(
        self, order: Order, count: int, on_progress: Callable[[Word], None]
    ) -> list[Drawing]:
        """Draw `count` pictures; the draw's number is part of what they look like.

        Raises:
            ProviderRefused: The size is beyond 8192, the format is not known, or an
                input is not a picture.
        """
        # Pillow is loaded with the first picture, not with the list of providers.
        from assetgen.providers.placeholder.brief import brief_of
        from assetgen.providers.placeholder.studio import drawn

        drawings: list[Drawing] = []
        for at in range(count):
            on_progress(f"drawing {at + 1} of {count}")
            brief = brief_of(order, order.first_draw + at)
            drawings.append(Drawing(data=drawn(brief, order), cost_usd=0.0, usage={}))
        return drawings
