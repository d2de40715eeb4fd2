"""Everything that assetgen can report, as data with a place, and the exit codes.

The tree of exceptions, with the exit code that ends the command:

* AssetgenError                  base of what is the user's business; never raised itself
  x UsageError             2     the command line asks for something that is not there
  x SpecInvalid            3     the spec is wrong; carries all its diagnostics
  x ChangesPending         4     something would change, and the command forbids it
  x OverBudget             5     the plan costs more than the cap
  x PolicyRefused          6     a rule of trust forbids it
  x IntegrityBroken        7     a pinned picture is missing, or bytes are damaged
  x ProjectBusy            8     another build holds the project
  x CredentialsMissing     9     no key, a refused key, or no money left
  x DiskRefused           74     a file could not be read or written
  x ProviderError          1     one request failed; the asset fails, the build goes on
    + ProviderRefused              asking again gets the same answer; nothing was charged
      . ModelMissing                 the provider has no such model (any more)
    + ProviderUnavailable          asking again may help; nothing was charged
    + OutcomeUnknown               may have been charged; never asked again by itself
    + Withdrawn                    never sent, because the build is stopping
    + NotAvailable                 what would do it is not there
  x AssetFailed            1     a step, check or output of one asset failed

A bug in assetgen is never an AssetgenError: it ends with 70.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar, Literal

from assetgen.values import Value

if TYPE_CHECKING:
    from types import TracebackType

    from assetgen.spans import Place, Span


class ExitCode(enum.IntEnum):
    """How a command ended; public, one test each."""

    DONE = 0
    SOME_FAILED = 1
    USAGE = 2
    SPEC_INVALID = 3
    CHANGES_PENDING = 4
    OVER_BUDGET = 5
    REFUSED = 6
    INTEGRITY = 7
    BUSY = 8
    CREDENTIALS = 9
    BUG = 70
    DISK = 74
    INTERRUPTED = 130
    TERMINATED = 143


Severity = Literal["error", "warning", "note"]


class Problem(Value):
    """Something wrong with the spec, as the pure core states it.

    Attributes:
        code: A stable slug, for example ``"unknown-key"``; listed in the docs.
        message: One sentence in lower case, without a period.
        place: The value to blame; None where no value of the spec is to blame.
        hint: What to do next, one sentence; may hold a "did you mean".
        related: Other places that belong to it, each with a short label.
        severity: Errors stop the command; warnings and notes do not.
        exit_code: What the command ends with when this is an error.
    """

    code: str
    message: str
    place: Place | None = None
    hint: str | None = None
    related: tuple[tuple[Place, str], ...] = ()
    severity: Severity = "error"
    exit_code: ExitCode = ExitCode.SPEC_INVALID


class Excerpt(Value):
    """A labelled stretch of a spec file together with the text of its line."""

    span: Span
    source_line: str
    label: str = ""


class Diagnostic(Value):
    """A `Problem` whose places became lines and columns; what reports print.

    Attributes:
        excerpt: Where to point; None where no value of the spec is to blame.
        related: Further excerpts with labels.
    """

    code: str
    message: str
    excerpt: Excerpt | None = None
    hint: str | None = None
    related: tuple[Excerpt, ...] = ()
    severity: Severity = "error"
    exit_code: ExitCode = ExitCode.SPEC_INVALID


class AssetgenError(Exception):
    """Base of every failure that is the user's business; never raised itself.

    Attributes:
        place: The value of the spec that is to blame, where `Blaming` was told so.
        details: The same, one for each value of the spec, where there may be several.
    """

    exit_code: ExitCode = ExitCode.SOME_FAILED
    code: ClassVar[str] = "failed"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Remember the parts; `assetgen.report` decides how they look.

        Args:
            message: One sentence in lower case, without a period.
            hint: What the user can do next, one sentence.
        """
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place: Place | None = None
        self.details: tuple[Diagnostic, ...] = ()


def diagnostics_of(error: AssetgenError) -> tuple[Diagnostic, ...]:
    """Return what an error says, as everything is told that reports show; never none."""
    if isinstance(error, SpecInvalid):
        return error.diagnostics
    code = error.exit_code
    return (Diagnostic(error.code, error.message, hint=error.hint, exit_code=code),)


def details_of(error: AssetgenError) -> tuple[Diagnostic, ...]:
    """Return the same, where that can be told in more places, at each of them."""
    return error.details or diagnostics_of(error)


class UsageError(AssetgenError):
    """The command line asks for something that is not there."""

    exit_code = ExitCode.USAGE
    code = "usage"


class SpecInvalid(AssetgenError):
    """The spec cannot be built as it is written.

    Attributes:
        diagnostics: All that was found, in the order of files and lines.
    """

    exit_code = ExitCode.SPEC_INVALID
    code = "spec-invalid"

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Keep all diagnostics; at least one is an error."""
        errors = sum(each.severity == "error" for each in diagnostics)
        super().__init__(f"{errors} error{'s' if errors != 1 else ''} in the spec")
        self.diagnostics = diagnostics
        codes = [each.exit_code for each in diagnostics if each.severity == "error"]
        if codes and ExitCode.SPEC_INVALID not in codes:
            self.exit_code = codes[0]


class ChangesPending(AssetgenError):
    """Something would change, and the command was told not to change anything."""

    exit_code = ExitCode.CHANGES_PENDING
    code = "changes-pending"


class OverBudget(AssetgenError):
    """The plan, or the next call, costs more than the cap allows."""

    exit_code = ExitCode.OVER_BUDGET
    code = "over-budget"


class PolicyRefused(AssetgenError):
    """A rule of trust or release forbids it."""

    exit_code = ExitCode.REFUSED
    code = "refused"


class IntegrityBroken(AssetgenError):
    """Bytes that must be there are missing or damaged."""

    exit_code = ExitCode.INTEGRITY
    code = "integrity"


class ProjectBusy(AssetgenError):
    """Another build holds the project."""

    exit_code = ExitCode.BUSY
    code = "busy"


class CredentialsMissing(AssetgenError):
    """No key, a key that was refused, or an account without money."""

    exit_code = ExitCode.CREDENTIALS
    code = "credentials"


class DiskRefused(AssetgenError):
    """The operating system refused to read or write a file."""

    exit_code = ExitCode.DISK
    code = "disk"


class ProviderError(AssetgenError):
    """A provider did not deliver; never raised itself."""

    code = "provider"


class ProviderRefused(ProviderError):
    """The provider answers the same request the same way again; free.

    Attributes:
        remember: Whether the refusal is kept for the request's key (moderation).
    """

    code = "provider-refused"

    def __init__(
        self, message: str, *, hint: str | None = None, remember: bool = False
    ) -> None:
        """Keep the provider's reason, and whether to remember it."""
        super().__init__(message, hint=hint)
        self.remember = remember


class ModelMissing(ProviderRefused):
    """The provider has no such model, or not for this account; true for all requests."""

    code = "model-missing"


class ProviderUnavailable(ProviderError):
    """The provider may answer the same request later; free.

    Attributes:
        retry_after_s: Seconds that the provider asked us to wait, when it said so.
        limited: Whether it is the account's rate limit, so that all calls must wait.
    """

    code = "provider-unavailable"

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        limited: bool = False,
    ) -> None:
        """Keep how long the provider asked us to wait, and who has to."""
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.limited = limited


class OutcomeUnknown(ProviderError):
    """The request may have been carried out and charged; no picture came.

    Attributes:
        answer: The bytes of an answer that could not be used, to be looked into.
    """

    code = "outcome-unknown"

    def __init__(
        self, message: str, *, hint: str | None = None, answer: bytes = b""
    ) -> None:
        """Keep what came instead of a picture."""
        super().__init__(message, hint=hint)
        self.answer = answer


class Withdrawn(ProviderError):
    """The request was never sent, because the build is stopping; free."""

    code = "withdrawn"


class NotAvailable(ProviderError):
    """What would carry it out is not there: a library, or a part of a provider."""

    code = "not-available"


class AssetFailed(AssetgenError):
    """A step, check or output of one asset could not be carried out."""

    code = "asset-failed"


class Blaming:
    """Notes a place on what fails inside a `with`, unless somebody knew better already."""

    __slots__ = ("_place",)

    def __init__(self, place: Place | None) -> None:
        """Blame `place`."""
        self._place = place

    def __enter__(self) -> None:
        """Nothing has failed yet."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Note the place; the error goes on."""
        if isinstance(error, AssetgenError):
            error.place = error.place or self._place
