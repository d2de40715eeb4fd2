"""Why something has to be done, as data; `report` turns it into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True)
class NewAsset:
    """The asset was never built here and is not locked."""

    kind: ClassVar[str] = "new"


@dataclass(frozen=True, slots=True)
class PromptChanged:
    """The prompt reads otherwise."""

    kind: ClassVar[str] = "prompt-changed"
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PartChanged:
    """Another part of the request changed; an empty text stands for "not set"."""

    kind: ClassVar[str] = "part-changed"
    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class InputChanged:
    """A picture that goes into the request is another one now."""

    kind: ClassVar[str] = "input-changed"
    name: str


@dataclass(frozen=True, slots=True)
class InputPending:
    """An asset that goes into this one will be drawn or is not known yet."""

    kind: ClassVar[str] = "input-pending"
    asset: str


@dataclass(frozen=True, slots=True)
class DrawsMissing:
    """Fewer draws are known than the spec wants."""

    kind: ClassVar[str] = "draws-missing"
    known: int
    wanted: int


@dataclass(frozen=True, slots=True)
class BlobMissing:
    """A draw that is needed now is not in the store."""

    kind: ClassVar[str] = "blob-missing"
    digest: str


@dataclass(frozen=True, slots=True)
class PictureChanged:
    """The asset's picture changed: another draw, other steps, other layers."""

    kind: ClassVar[str] = "picture-changed"


@dataclass(frozen=True, slots=True)
class OutputNew:
    """The output was not declared before."""

    kind: ClassVar[str] = "output-new"
    path: str


@dataclass(frozen=True, slots=True)
class OutputChanged:
    """The output's size, format, quality or steps changed."""

    kind: ClassVar[str] = "output-changed"
    path: str


@dataclass(frozen=True, slots=True)
class OutputMissing:
    """The file is gone."""

    kind: ClassVar[str] = "output-missing"
    path: str


@dataclass(frozen=True, slots=True)
class OutputEdited:
    """Somebody changed the file since it was written; it is left alone."""

    kind: ClassVar[str] = "output-edited"
    path: str


@dataclass(frozen=True, slots=True)
class OutputForeign:
    """A file stands there that assetgen did not write; it is left alone."""

    kind: ClassVar[str] = "output-foreign"
    path: str


@dataclass(frozen=True, slots=True)
class ChecksPending:
    """The asset's checks have not been made on this picture."""

    kind: ClassVar[str] = "checks-pending"


@dataclass(frozen=True, slots=True)
class NotAvailableYet:
    """The asset uses something that this version cannot carry out."""

    kind: ClassVar[str] = "not-available"
    feature: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refused this very request before."""

    kind: ClassVar[str] = "rejected"
    message: str


@dataclass(frozen=True, slots=True)
class OutcomeOpen:
    """An earlier call for this request may have been charged without an answer."""

    kind: ClassVar[str] = "outcome-unknown"


@dataclass(frozen=True, slots=True)
class PinnedMissing:
    """The lock pins a picture whose bytes are nowhere."""

    kind: ClassVar[str] = "pinned-missing"
    digest: str


@dataclass(frozen=True, slots=True)
class NotLocked:
    """The asset is frozen, but the lock holds no draws for it."""

    kind: ClassVar[str] = "not-locked"


@dataclass(frozen=True, slots=True)
class NeedBlocked:
    """An asset that this one needs cannot be built."""

    kind: ClassVar[str] = "need-blocked"
    asset: str


Reason: TypeAlias = (
    NewAsset
    | PromptChanged
    | PartChanged
    | InputChanged
    | InputPending
    | DrawsMissing
    | BlobMissing
    | PictureChanged
    | OutputNew
    | OutputChanged
    | OutputMissing
    | OutputEdited
    | OutputForeign
    | ChecksPending
    | NotAvailableYet
    | Rejected
    | OutcomeOpen
    | PinnedMissing
    | NotLocked
    | NeedBlocked
)
