"""Which providers there are, and how one is composed from its wrappers.

Built-ins stand in a literal table. Plug-ins come from the entry-point group
``assetgen.providers``, and only those that the user's flags or configuration name are
loaded: a spec that names a provider does not load code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.errors import NotAvailable
from assetgen.providers.base import Price
from assetgen.snapshot import ProviderFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from assetgen.model import Request, Size
    from assetgen.providers.base import Drawing, Order, Provider, Word

ENTRY_POINTS: Final = "assetgen.providers"


class OpenAiLater:
    """Stands for the openai provider, which can be planned for but not asked yet."""

    name = "openai"
    version = "1"
    deterministic = False
    paid = True
    local = False
    labelled = False

    def estimate(
        self,
        request: Request,  # noqa: ARG002  # the socket's form
        count: int,  # noqa: ARG002
        input_sizes: Sequence[Size | None] = (),  # noqa: ARG002
    ) -> Price:
        """Return that no price is known."""
        return Price(None, "estimate")

    def draw(
        self,
        order: Order,  # noqa: ARG002  # the socket's form
        count: int,  # noqa: ARG002
        on_progress: Callable[[Word], None],  # noqa: ARG002
    ) -> list[Drawing]:
        """Say that it is not there yet.

        Raises:
            NotAvailable: Always.
        """
        raise NotAvailable(
            "the openai provider is not available yet in this version",
            hint="build with --provider placeholder to get every file in its place",
        )


def _placeholder() -> Provider:
    from assetgen.providers.placeholder import PlaceholderProvider

    return PlaceholderProvider()


BUILT_IN: Final[Mapping[str, Callable[[], Provider]]] = {
    "placeholder": _placeholder,
    "openai": OpenAiLater,
}


class Registry:
    """The providers that this run may use, made when they are first asked for."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Allow the plug-ins that the user's flags or configuration name.

        Args:
            allowed: Names of entry points; never taken from a spec.
        """
        self._allowed = frozenset(allowed)
        self._made: dict[str, Provider] = {}

    def names(self) -> tuple[str, ...]:
        """Return the names that a spec may use in this run."""
        return (*BUILT_IN, *sorted(self._allowed - set(BUILT_IN)))

    def get(self, name: str) -> Provider | None:
        """Return a provider; None where this run has none of that name."""
        if name not in self._made:
            made = self._make(name)
            if made is None:
                return None
            self._made[name] = made
        return self._made[name]

    def facts(self, name: str) -> ProviderFacts | None:
        """Return what the core must know of a provider."""
        provider = self.get(name)
        if provider is None:
            return None
        return ProviderFacts(
            name=provider.name,
            version=provider.version,
            deterministic=provider.deterministic,
            paid=provider.paid,
            local=provider.local,
            labelled=provider.labelled,
        )

    def _make(self, name: str) -> Provider | None:
        if name in BUILT_IN:
            return BUILT_IN[name]()
        if name not in self._allowed:
            return None
        from importlib.metadata import entry_points

        for point in entry_points(group=ENTRY_POINTS, name=name):
            loaded: Provider = point.load()()
            return loaded
        return None
