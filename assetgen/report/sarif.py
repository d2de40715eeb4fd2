"""Diagnostics as SARIF 2.1.0, the form in which services take findings; pure.

Places are relative to the root of the repository, lines and columns count from 1, and
columns count code points, as our spans do.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0",
sections 3.13 to 3.60; GitHub Docs, "SARIF support for code scanning".
"""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from assetgen import __version__
from assetgen.report.diagnostics import escape_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.errors import Diagnostic, Excerpt

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json"
)
MOST_RESULTS: Final = 5_000
"""GitHub shows no more of one run."""

_BASE: Final = "%SRCROOT%"
_LEVELS: Final = {"error": "error", "warning": "warning", "note": "note"}


def as_sarif(
    diagnostics: Sequence[Diagnostic], *, spec: str, folder: str = "", code: int = 0
) -> str:
    """Return the log file as JSON.

    Args:
        diagnostics: In the order to list; errors are kept first if there are too many.
        spec: The spec's file name: the place of findings that have none.
        folder: Of the project inside the repository, with forward slashes.
        code: With which the command ends.
    """
    kept = list(diagnostics)
    if len(kept) > MOST_RESULTS:
        kept = sorted(kept, key=lambda each: list(_LEVELS).index(each.severity))
        kept = kept[:MOST_RESULTS]
    rules = sorted({each.code for each in kept})
    numbers = {rule: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "assetgen",
                "semanticVersion": __version__,
                "rules": [_rule(each) for each in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": code == 0, "exitCode": code}],
        "results": [
            _result(each, numbers[each.code], posixpath.join(folder, spec), folder)
            for each in kept
        ],
    }
    value = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def _rule(code: str) -> dict[str, Any]:
    words = code.replace(":", ": ").replace("-", " ")
    return {"id": code, "shortDescription": {"text": words}}


def _result(
    diagnostic: Diagnostic, rule: int, spec: str, folder: str
) -> dict[str, Any]:
    message = escape_terminal(diagnostic.message)
    if diagnostic.hint:
        message += f"\nhint: {escape_terminal(diagnostic.hint)}"
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": message},
        "locations": [_location(diagnostic.excerpt, spec, folder)],
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": escape_terminal(each.label or "see here")},
                **_location(each, spec, folder),
            }
            for number, each in enumerate(diagnostic.related, 1)
        ]
    return result


def _location(excerpt: Excerpt | None, spec: str, folder: str) -> dict[str, Any]:
    """Return where something stands; the spec's first line where it has no place."""
    if excerpt is None:
        path, region = spec, {"startLine": 1}
    else:
        span = excerpt.span
        path = posixpath.join(folder, span.path)
        region = {
            "startLine": span.line,
            "startColumn": span.column,
            "endColumn": span.column + max(span.width, 1),
        }
    artifact = {"uri": _uri(path), "uriBaseId": _BASE}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _uri(path: str) -> str:
    """Return a path as a relative reference; no part of it can look like a scheme."""
    return quote(path.encode("utf-8", "backslashreplace"), safe="/")
