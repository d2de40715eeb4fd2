"""What all wrappers around a provider share: they are the provider, but for `draw`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.model import Size
    from assetgen.providers.base import Price, Provider
    from assetgen.requests import Request


class Wrapper(Value):
    """A provider around another: the same facts and prices; `draw` is its own.

    Attributes:
        inner: What is asked in the end.
    """

    inner: Provider

    @property
    def name(self) -> str:
        """The inner provider's name."""
        return self.inner.name

    @property
    def version(self) -> str:
        """The inner provider's version."""
        return self.inner.version

    @property
    def deterministic(self) -> bool:
        """As the inner provider's."""
        return self.inner.deterministic

    @property
    def paid(self) -> bool:
        """As the inner provider's."""
        return self.inner.paid

    @property
    def local(self) -> bool:
        """As the inner provider's."""
        return self.inner.local

    @property
    def labelled(self) -> bool:
        """As the inner provider's."""
        return self.inner.labelled

    @property
    def default_model(self) -> str | None:
        """The model that is asked where a request names none; None if nobody knows."""
        return getattr(self.inner, "default_model", None)

    def estimate(
        self, request: Request, count: int, input_sizes: Sequence[Size | None] = ()
    ) -> Price:
        """Return what `count` draws will cost."""
        return self.inner.estimate(request, count, input_sizes)
