"""All rules over one spec: what they found and nobody allowed, with lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.asking import Voices
from assetgen.linting.allowing import Allowances, idle_comments
from assetgen.linting.rules import RULES, Subject
from assetgen.sources import located, spec_reader
from assetgen.values import replace

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from assetgen.errors import Diagnostic
    from assetgen.load import Loaded
    from assetgen.model import Asset, Json
    from assetgen.providers.models import ModelTable
    from assetgen.spans import Place

PREFIX: Final = "lint:"
"""What codes of findings begin with."""


def lint(
    loaded: Loaded,
    table: Callable[[str], ModelTable | None],
    today: dt.date,
    allow: Collection[str] = (),
) -> tuple[Diagnostic, ...]:
    """Return what the rules found in a spec: warnings, sorted by file and line.

    Args:
        loaded: The whole spec, without errors.
        table: Gives the models of a provider; None where it has no table.
        today: Models end on days.
        allow: Names of rules that are left out.
    """
    assets = tuple(loaded.assets[name] for name in loaded.graph.names)
    subject = Subject(
        loaded=loaded,
        assets=assets,
        entries=_entries(loaded, assets),
        dependents=loaded.graph.dependents,
        voices=Voices(loaded.settings, loaded.spec_files[0]),
        table=table,
        today=today,
    )
    found = [
        problem
        for rule in RULES
        if rule.name not in allow
        for problem in rule.find(subject)
    ]
    read = spec_reader(loaded.root, loaded.text)
    kept = Allowances(read).known(found)
    told = (replace(each, code=PREFIX + each.code, severity="warning") for each in kept)
    names = frozenset(rule.name for rule in RULES)
    idle = [
        replace(each, code=PREFIX + each.code)
        for path in loaded.spec_files
        for each in idle_comments(read(path) or b"", path, names)
    ]
    every = (*_explained(located(told, read)), *idle)
    return tuple(sorted(every, key=_position))


def _explained(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield findings; the first of each rule says how to allow what it found."""
    seen: set[str] = set()
    for each in found:
        if each.code in seen:
            yield each
            continue
        seen.add(each.code)
        comment = f"`# assetgen: allow {each.code.removeprefix(PREFIX)}`"
        yield replace(each, hint=f"{each.hint}; {comment} above the line keeps it")


def _position(found: Diagnostic) -> tuple[str, int, int]:
    span = found.excerpt.span if found.excerpt is not None else None
    return (span.path, span.line, span.column) if span is not None else ("", 0, 0)


def _entries(
    loaded: Loaded, assets: Iterable[Asset]
) -> dict[Place, Mapping[str, Json]]:
    """Return what is written under ``assets:``, entry by entry."""
    found: dict[Place, Mapping[str, Json]] = {}
    for asset in assets:
        if asset.place not in found:
            found[asset.place] = loaded.assets.raw(asset.name)
    return found
