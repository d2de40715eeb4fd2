"""Why a plan does not build an asset, as the error that its build would end with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assetgen.errors import (
    AssetFailed,
    AssetgenError,
    IntegrityBroken,
    ProviderRefused,
)
from assetgen.reasons import (
    DrawNotLocked,
    NotLocked,
    OutcomeOpen,
    PinnedMissing,
    Rejected,
)

if TYPE_CHECKING:
    from assetgen.decide import PlannedAsset


def blocked_error(decision: PlannedAsset) -> AssetgenError:
    """Return the error that stands for a plan's own reason not to build an asset."""
    match decision.reasons[0]:
        case Rejected(message):
            return ProviderRefused(
                f"refused before: {message}",
                hint="change the prompt, or ask again with --retry-rejected",
            )
        case OutcomeOpen():
            return AssetFailed(
                "an earlier call may have been charged; its outcome is unknown",
                hint="ask again with --retry-unknown",
            )
        case PinnedMissing(digest):
            return IntegrityBroken(
                f"the locked picture {digest[:12]} is nowhere to be found",
                hint="name the store that has it (ASSETGEN_STORE), or draw it anew "
                "with --redraw-missing",
            )
        case DrawNotLocked(name, draw):
            return AssetFailed(
                f"it needs draw {draw} of {name}, which is frozen with fewer draws"
                " in the lock",
                hint=f"take `frozen` out of {name}, or need another draw",
            )
        case NotLocked():
            return AssetFailed("it is frozen, but the lock holds no draws for it")
        case reason:
            return AssetFailed(f"it cannot be built ({reason.kind})")
