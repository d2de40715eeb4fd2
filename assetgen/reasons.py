"""Why something has to be done, as data; `report` turns it into words."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from assetgen.values import Value


class NewAsset(Value):
    """The asset was never built here and is not locked."""

    kind: ClassVar[str] = "new"


class PromptChanged(Value):
    """The prompt reads otherwise."""

    kind: ClassVar[str] = "prompt-changed"
    old: str
    new: str


class PartChanged(Value):
    """Another part of the request changed; an empty text stands for "not set"."""

    kind: ClassVar[str] = "part-changed"
    name: str
    old: str
    new: str


class InputChanged(Value):
    """A picture that goes into the request is another one now."""

    kind: ClassVar[str] = "input-changed"
    name: str


class InputPending(Value):
    """An asset that goes into this one will be drawn or is not known yet."""

    kind: ClassVar[str] = "input-pending"
    asset: str


class DrawsMissing(Value):
    """Fewer draws are known than the spec wants."""

    kind: ClassVar[str] = "draws-missing"
    known: int
    wanted: int


class Rerolled(Value):
    """New draws of the unchanged request were asked for."""

    kind: ClassVar[str] = "rerolled"
    count: int


class DrawNotLocked(Value):
    """A frozen asset has fewer draws in the lock than something needs."""

    kind: ClassVar[str] = "draw-not-locked"
    asset: str
    draw: int


class BlobMissing(Value):
    """A draw that is needed now is not in the store."""

    kind: ClassVar[str] = "blob-missing"
    digest: str


class PictureChanged(Value):
    """The asset's picture changed: another draw, other steps, other layers."""

    kind: ClassVar[str] = "picture-changed"


class OutputNew(Value):
    """The output was not declared before."""

    kind: ClassVar[str] = "output-new"
    path: str


class OutputChanged(Value):
    """The output's size, format, quality or steps changed."""

    kind: ClassVar[str] = "output-changed"
    path: str


class OutputMissing(Value):
    """The file is gone."""

    kind: ClassVar[str] = "output-missing"
    path: str


class OutputEdited(Value):
    """Somebody changed the file since it was written; it is left alone."""

    kind: ClassVar[str] = "output-edited"
    path: str


class OutputForeign(Value):
    """A file stands there that assetgen did not write; it is left alone."""

    kind: ClassVar[str] = "output-foreign"
    path: str


class ChecksPending(Value):
    """The asset's checks have not been made on this picture."""

    kind: ClassVar[str] = "checks-pending"


class Rejected(Value):
    """The provider refused this very request before."""

    kind: ClassVar[str] = "rejected"
    message: str


class OutcomeOpen(Value):
    """An earlier call for this request may have been charged without an answer."""

    kind: ClassVar[str] = "outcome-unknown"


class PinnedMissing(Value):
    """The lock pins a picture whose bytes are nowhere."""

    kind: ClassVar[str] = "pinned-missing"
    digest: str


class NotLocked(Value):
    """The asset is frozen, but the lock holds no draws for it."""

    kind: ClassVar[str] = "not-locked"


class NeedBlocked(Value):
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
    | Rerolled
    | DrawNotLocked
    | BlobMissing
    | PictureChanged
    | OutputNew
    | OutputChanged
    | OutputMissing
    | OutputEdited
    | OutputForeign
    | ChecksPending
    | Rejected
    | OutcomeOpen
    | PinnedMissing
    | NotLocked
    | NeedBlocked
)
