"""A build as a JUnit file, the list of tests that every CI service reads; pure.

There is no standard, only what services agree on: suites, cases, and in a case at most
one of ``failure`` (the asset could not be built), ``error`` (the command could not do its
work) and ``skipped`` (it was not tried). Properties of a case hold what it cost.

Source: GitLab Docs, "Unit test reports"; the Jenkins project's junit plugin.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from assetgen import events
from assetgen.report.diagnostics import escape_terminal
from assetgen.values import Value, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from assetgen.errors import Diagnostic

Outcome: TypeAlias = Literal["passed", "failure", "error", "skipped"]

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even as a reference."""


class Case(Value, kw_only=True):
    """One test case.

    Attributes:
        file: That it stands in, and its line; empty and 0 where it has no place.
        kind: A slug of what went wrong.
        message: One line.
        detail: More of it, of any number of lines.
        took_s: Working time.
        properties: Further facts, by name.
    """

    name: str
    outcome: Outcome = "passed"
    file: str = ""
    line: int = 0
    kind: str = ""
    message: str = ""
    detail: str = ""
    took_s: float = 0.0
    properties: tuple[tuple[str, str], ...] = ()


class Ends(Value, frozen=False):
    """How each asset of a build ended; a listener.

    Attributes:
        to_do: Assets that were not up to date at the start.
        cost_usd: What was paid for an asset's draws; absent where nothing was drawn.
    """

    to_do: tuple[str, ...] = ()
    finished: dict[str, events.AssetFinished] = field(default_factory=dict)
    failed: dict[str, events.AssetFailed] = field(default_factory=dict)
    blocked: dict[str, events.AssetBlocked] = field(default_factory=dict)
    cost_usd: dict[str, float] = field(default_factory=dict)

    def handle(self, event: events.Event) -> None:
        """Note `event` if it says how an asset fared."""
        match event:
            case events.PlanEvent(to_do=to_do):
                self.to_do = to_do
            case events.AssetFinished(asset=asset):
                self.finished[asset] = event
            case events.AssetFailed(asset=asset):
                self.failed[asset] = event
            case events.AssetBlocked(asset=asset):
                self.blocked[asset] = event
            case events.DrawBanked(asset=asset, cost_usd=usd):
                self.cost_usd[asset] = self.cost_usd.get(asset, 0.0) + (usd or 0.0)
            case _:
                return


# --- cases ------------------------------------------------------------------------


def cases_of(
    ends: Ends,
    places: Mapping[str, tuple[str, int]],
    found: Iterable[Diagnostic],
    pending: AbstractSet[str] = frozenset(),
) -> tuple[Case, ...]:
    """Return one case for each asset, and one for each error that is of none.

    Args:
        ends: Of the build.
        places: File and line of each asset in question, by its name, in build order.
        found: What kept the command as a whole from its work.
        pending: Assets that are not up to date after the build.
    """
    names = dict.fromkeys((*places, *ends.to_do, *ends.failed, *ends.blocked))
    waiting = pending | set(ends.to_do)
    cases = [
        _case_of_asset(name, ends, places.get(name, ("", 0)), waits=name in waiting)
        for name in names
    ]
    return (*(_case_of_error(each) for each in found), *cases)


def _case_of_asset(
    name: str, ends: Ends, place: tuple[str, int], *, waits: bool
) -> Case:
    file, line = place
    properties = []
    if name in ends.cost_usd:
        properties.append(("cost_usd", f"{ends.cost_usd[name]:.6f}"))
    outcome: Outcome = "passed"
    kind = message = detail = ""
    took_s = 0.0
    if failed := ends.failed.get(name):
        outcome, kind, message = "failure", failed.code, failed.message
        detail = f"hint: {failed.hint}" if failed.hint else ""
    elif blocked := ends.blocked.get(name):
        outcome, kind = "skipped", "blocked"
        message = f"blocked by {blocked.because}"
    elif finished := ends.finished.get(name):
        took_s = finished.duration_s
        properties.insert(0, ("action", finished.action))
    elif waits:
        outcome, kind, message = "skipped", "not-started", "not started"
    else:
        properties.insert(0, ("action", "up-to-date"))
    return Case(
        name=name,
        outcome=outcome,
        file=file,
        line=line,
        kind=kind,
        message=message,
        detail=f"{file}:{line}\n{detail}".strip() if file else detail,
        took_s=took_s,
        properties=tuple(properties),
    )


def _case_of_error(found: Diagnostic) -> Case:
    """Return the case of an error that kept everything from being built."""
    file, line = "", 0
    if found.excerpt is not None:
        file, line = found.excerpt.span.path, found.excerpt.span.line
    return Case(
        name=f"{file}:{line} {found.code}" if file else found.code,
        outcome="error",
        file=file,
        line=line,
        kind=found.code,
        message=found.message,
        detail=f"hint: {found.hint}" if found.hint else "",
    )


# --- XML --------------------------------------------------------------------------


def as_junit(
    cases: Sequence[Case], *, suite: str, folder: str = "", took_s: float = 0.0
) -> str:
    """Return the XML document.

    Args:
        cases: In the order to list.
        suite: The suite's name: the spec as the command line names it.
        folder: Of the project inside the repository, with forward slashes.
        took_s: How long the whole took.
    """
    count = {
        "tests": len(cases),
        "failures": sum(each.outcome == "failure" for each in cases),
        "errors": sum(each.outcome == "error" for each in cases),
        "skipped": sum(each.outcome == "skipped" for each in cases),
    }
    totals = "".join(f' {name}="{number}"' for name, number in count.items())
    head = f'name={_attribute(suite)}{totals} time="{took_s:.3f}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {head}>",
        f"  <testsuite {head}>",
        *(line for each in cases for line in _case_lines(each, suite, folder)),
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _case_lines(case: Case, suite: str, folder: str) -> list[str]:
    where = ""
    if case.file:
        path = f"{folder}/{case.file}" if folder else case.file
        where = f' file={_attribute(path)} line="{case.line}"'
    head = (
        f"    <testcase classname={_attribute(suite)} name={_attribute(case.name)}"
        f'{where} time="{case.took_s:.3f}"'
    )
    inner = []
    if case.properties:
        facts = "".join(
            f"<property name={_attribute(name)} value={_attribute(value)}/>"
            for name, value in case.properties
        )
        inner.append(f"      <properties>{facts}</properties>")
    if case.outcome != "passed":
        words = f"message={_attribute(case.message)}"
        if case.outcome != "skipped":
            words += f" type={_attribute(case.kind)}"
        text = _text(case.detail)
        inner.append(f"      <{case.outcome} {words}>{text}</{case.outcome}>")
    return [f"{head}>", *inner, "    </testcase>"] if inner else [f"{head}/>"]


def _attribute(text: str) -> str:
    """Return a text as an attribute's value with its quotation marks."""
    from xml.sax.saxutils import quoteattr  # brings half of the network library along

    return quoteattr(_FORBIDDEN.sub("\ufffd", escape_terminal(text)))


def _text(text: str) -> str:
    """Return a text as an element's content."""
    from xml.sax.saxutils import escape

    return escape(_FORBIDDEN.sub("\ufffd", escape_terminal(text, keep_lines=True)))
