"""Which providers there are, and how each one is made.

Built-ins stand in a literal table. Plug-ins come from the entry-point group
``assetgen.providers``, and only those that the user's flags or configuration name are
loaded: a spec that names a provider does not load code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.connections import lifts_models
from assetgen.providers.connection import Connection
from assetgen.snapshot import ProviderFacts
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from assetgen.providers.base import Limits, Provider
    from assetgen.providers.models import ModelTable

ENTRY_POINTS: Final = "assetgen.providers"
OPENAI: Final = "openai"


def _built_in_table() -> ModelTable:
    from assetgen.providers.models import built_in_table

    return built_in_table()


def _forget(_limits: Limits) -> None:
    """Hear of an account's limits and do nothing about it."""


class Service(Value, kw_only=True):
    """How the built-in provider that asks a server is set up; the user's word only.

    Attributes:
        table: Gives the model table, with the user's changes.
        timeout_s: For a call as a whole.
        partials: Pictures on the way to a draw that are asked for; 0 to 3.
        on_limits: Hears what answers say of the account's limits, on any thread.
    """

    connection: Connection = field(default_factory=Connection)
    table: Callable[[], ModelTable] = _built_in_table
    timeout_s: float = 600.0
    partials: int = 0
    on_limits: Callable[[Limits], None] = _forget


def _placeholder() -> Provider:
    from assetgen.providers.placeholder import PlaceholderProvider

    return PlaceholderProvider()


def _openai(service: Service) -> Provider:
    from assetgen.providers.openai_images.provider import OpenAIProvider

    return OpenAIProvider(
        service.connection,
        service.table(),
        timeout_s=service.timeout_s,
        partials=service.partials,
        on_limits=service.on_limits,
    )


BUILT_IN: Final[Mapping[str, Callable[[], Provider]]] = {"placeholder": _placeholder}
"""The providers that need nothing to be set up."""

_OF_THE_TABLE: Final = frozenset(("placeholder", OPENAI))


class Registry:
    """The providers that this run may use, made when they are first asked for."""

    def __init__(
        self, allowed: Iterable[str] = (), service: Service | None = None
    ) -> None:
        """Allow the plug-ins that the user's flags or configuration name.

        Args:
            allowed: Names of entry points; never taken from a spec.
            service: Of the provider ``openai``; None for the service without a key.
        """
        self._allowed = frozenset(allowed)
        self._service = service or Service()
        self._made: dict[str, Provider] = {}

    def names(self) -> tuple[str, ...]:
        """Return the names that a spec may use in this run."""
        own = tuple(dict.fromkeys((*BUILT_IN, OPENAI)))
        return (*own, *sorted(self._allowed - set(own)))

    def get(self, name: str) -> Provider | None:
        """Return a provider; None where this run has none of that name."""
        if name not in self._made:
            made = self._make(name)
            if made is None:
                return None
            self._made[name] = made
        return self._made[name]

    def table(self, name: str) -> ModelTable | None:
        """Return the models that a provider's requests are checked against.

        The placeholder has the table of the provider that it stands in for, so that a
        spec which passes without a key also passes with one.

        Returns:
            None where there is no table, and so nothing to check.
        """
        if name in _OF_THE_TABLE:
            return self._service.table()
        table: ModelTable | None = getattr(self.get(name), "table", None)
        return table

    def lifts(self, name: str, model: str) -> bool:
        """Return whether the server may have a model although the table says it is not."""
        return name in _OF_THE_TABLE and lifts_models(self._service.connection, model)

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

    def close(self) -> None:
        """Let go of what the providers hold open."""
        for provider in self._made.values():
            close = getattr(provider, "close", None)
            if close is not None:
                close()

    def _make(self, name: str) -> Provider | None:
        if name in BUILT_IN:
            return BUILT_IN[name]()
        if name == OPENAI:
            return _openai(self._service)
        if name not in self._allowed:
            return None
        from importlib.metadata import entry_points

        for point in entry_points(group=ENTRY_POINTS, name=name):
            loaded: Provider = point.load()()
            return loaded
        return None
