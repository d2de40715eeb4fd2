"""What failed in a build, as problems that point into the spec; pure.

A worker notes on an error which step, output or mask it was about; where it could not
know, the kind of error says which part of the asset to look at. One reason that strikes
many assets at once (a provider that is not there) is one problem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.errors import (
    CredentialsMissing,
    Diagnostic,
    DiskRefused,
    ModelMissing,
    NotAvailable,
    OutcomeUnknown,
    OverBudget,
    Problem,
    ProviderRefused,
)
from assetgen.model import Drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.errors import AssetgenError
    from assetgen.model import Asset, AssetName
    from assetgen.spans import Place

LISTED_NAMES: Final = 5

_NOBODYS_FAULT: Final = (CredentialsMissing, DiskRefused, OverBudget)
"""No value of the spec is to blame, whichever was worked on."""


def problems_of(
    failed: Mapping[AssetName, AssetgenError], assets: Mapping[AssetName, Asset]
) -> tuple[Problem, ...]:
    """Return one problem for each reason that assets failed for, in spec order."""
    alike: dict[tuple[object, ...], list[AssetName]] = {}
    for name in (each for each in assets if each in failed):
        error = failed[name]
        place = _own_place(error, assets[name])
        reason = (error.code, error.message, error.hint, place)
        alike.setdefault(reason, []).append(name)
    return tuple(
        _problem(names, failed[names[0]], assets[names[0]]) for names in alike.values()
    )


def _problem(names: list[AssetName], error: AssetgenError, asset: Asset) -> Problem:
    return Problem(
        code=error.code,
        message=f"{listed(names)}: {error.message}",
        place=_own_place(error, asset) or _general_place(error, asset),
        hint=error.hint,
        exit_code=error.exit_code,
    )


def listed(names: list[AssetName]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - LISTED_NAMES
    return ", ".join(names[:LISTED_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def note_on_stopping(running: set[AssetName]) -> Diagnostic:
    """Return what to tell after the first signal, while `running` assets are waited for."""
    message = "stopping: nothing new is started"
    if running:
        message += f"; waiting for {listed(sorted(running))}"
        message += " (a second Ctrl-C ends it at once)"
    return Diagnostic("waiting", message, severity="note")


def _own_place(error: AssetgenError, asset: Asset) -> Place | None:
    """Return the value that made this very asset fail; None where others may share it."""
    if isinstance(error, _NOBODYS_FAULT):
        return None
    if error.place is not None:
        return error.place
    if isinstance(error, ModelMissing):
        own = isinstance(asset.source, Drawn) and "model" in asset.source.stated
        return asset.place.at("model") if own else None
    if isinstance(error, ProviderRefused | OutcomeUnknown):
        return asset.place.at("prompt")
    return None


def _general_place(error: AssetgenError, asset: Asset) -> Place | None:
    """Return where to begin reading; None where the spec is not to blame."""
    if isinstance(error, _NOBODYS_FAULT):
        return None
    if isinstance(error, NotAvailable) and isinstance(asset.source, Drawn):
        return asset.place.at("provider")
    return asset.place
