"""What is asked of a provider and what came back, as frozen values; nothing does I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.values import Value, field

if TYPE_CHECKING:
    from assetgen.digest import Digest
    from assetgen.model import Json, Operation


class Request(Value, kw_only=True):
    """What is asked of a provider, complete: the value that the request key names.

    Attributes:
        provider_version: Part of the key for deterministic providers (their pictures
            change with it); empty for the others.
        label: Shown in the picture by providers that say so (`Provider.labelled`);
            empty for the others, so that renaming an asset costs nothing.
        inputs: Identities of the input pictures, in order.
        mask: Identity of the mask; None without one.
        markup: Identity of the markup; None without one.
    """

    operation: Operation
    provider: str
    provider_version: str = ""
    model: str | None
    prompt: str
    params: tuple[tuple[str, Json], ...] = ()
    inputs: tuple[str, ...] = ()
    mask: str | None = None
    markup: str | None = None
    revision: int = 0
    moderation: str | None = None
    label: str = ""


class DrawRecord(Value, kw_only=True):
    """One banked draw of a request.

    Attributes:
        digest: Of the raw bytes as the provider returned them.
        format: ``png``, ``jpeg``, ``webp``, ``gif`` or ``svg``.
        cost_usd: Actual, from usage; None where it is not known.
        model: As the provider reported it; empty if it did not.
        usage: What the provider reported, as it reported it.
        call: The ledger's name for the call that brought it; empty for free draws.
        cost_estimated: Whether the provider did not say what it cost.
    """

    digest: Digest
    format: str
    width: int
    height: int
    bytes: int
    cost_usd: float | None = None
    request_id: str = ""
    model: str = ""
    usage: Json = field(default=None, compare=False)
    call: str = ""
    cost_estimated: bool = False
