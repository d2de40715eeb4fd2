"""Whether a run of a CI service may spend money on the spec that it checked out; pure.

A spec is review material: whoever opens a pull request writes it. A run that builds it
before somebody looked must not pay for it, even where the workflow gave it a key. What
a run is for stands in the service's variables, and on GitHub in the event's file:

    pull_request_target                       refused: the base's secrets, others' files
    pull_request, reviews of one              refused unless head and base are one
    a comment on a pull request               refused: it does not name the head
    workflow_run                              refused if it follows a run for a fork
    GitLab: merge request                     refused unless source and target are one
    GitLab: pull request of GitHub            refused unless source and target are one
    on one of the two, for nobody knows what  refused
    everything else                           trusted

Where the facts are missing that one of these needs, the answer is no. Other services are
not known here: what they give a key to is up to their settings.

Source: GitHub Docs, "Events that trigger workflows", "Webhook events and payloads" and
"Default environment variables"; GitLab Docs, "Predefined CI/CD variables".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.model import Json

EVENT_FILE: Final = "GITHUB_EVENT_PATH"
"""The variable that names the file with the event."""

_OF_PULL_REQUESTS: Final = frozenset(
    {
        "pull_request",
        "pull_request_review",
        "pull_request_review_comment",
        "pull_request_comment",
    }
)
_OF_GITLAB: Final = (
    (
        "merge request",
        "merge_request_event",
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_ID"),
    ),
    (
        "pull request",
        "external_pull_request_event",
        (
            "CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY",
            "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY",
        ),
    ),
)
"""What it is called, its kind of pipeline, and what names its two sides."""


class Trust(Value):
    """Whether a run may pay.

    Attributes:
        doubt: Why it may not, as the end of a sentence that begins with "this run";
            None where it may.
    """

    doubt: str | None = None


TRUSTED: Final = Trust()


def trust_of(environ: Mapping[str, str], event: Json) -> Trust:
    """Return whether a run may pay for what the spec says.

    Args:
        environ: The environment variables.
        event: What the file holds that `EVENT_FILE` names, parsed; None where there is
            no such file or it cannot be read.
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    if name or environ.get("GITHUB_ACTIONS") == "true":
        return Trust(_doubt_on_github(name, event))
    return Trust(_doubt_on_gitlab(environ))


def event_of(text: str) -> Json:
    """Return the event that a file holds; None if that is not JSON."""
    try:
        found: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def _doubt_on_github(name: str, event: Json) -> str | None:
    if not name:
        return _silent("GitHub", "GITHUB_EVENT_NAME")
    if name == "pull_request_target":
        return "is for `pull_request_target`: secrets beside the files of others"
    pull = _at(event, "pull_request")
    if name in _OF_PULL_REQUESTS or pull is not None:
        head = _at(pull, "head", "repo", "full_name")
        base = _at(pull, "base", "repo", "full_name")
        return _doubt_on_repositories("pull request", head, base)
    if _at(event, "issue", "pull_request") is not None:
        return "is for a comment on a pull request, whose files may be anybody's"
    if name == "issue_comment" and not isinstance(_at(event, "issue"), dict):
        return "is for a comment, and the event does not say on what"
    if name == "workflow_run":
        head = _at(event, "workflow_run", "head_repository", "full_name")
        base = _at(event, "workflow_run", "repository", "full_name")
        return _doubt_on_repositories("workflow run", head, base)
    return None


def _doubt_on_repositories(what: str, head: object, base: object) -> str | None:
    """Return what is wrong with a head repository; None if it is the base itself."""
    if not isinstance(head, str) or not isinstance(base, str) or not (head and base):
        return f"is for a {what}, and the event does not say from which repository"
    if head.casefold() == base.casefold():
        return None
    return f"is for a {what} from {head}, which is not {base}"


def _doubt_on_gitlab(environ: Mapping[str, str]) -> str | None:
    kind = environ.get("CI_PIPELINE_SOURCE", "")
    for what, event, variables in _OF_GITLAB:
        source, target = (environ.get(each, "") for each in variables)
        if not (source or target or kind == event):
            continue
        if not (source and target):
            return f"is for a {what}, and nothing says from which project"
        if source != target:
            return f"is for a {what} from project {source}, not {target}"
        return None
    if environ.get("GITLAB_CI") == "true" and not kind:
        return _silent("GitLab", "CI_PIPELINE_SOURCE")
    return None


def _silent(service: str, variable: str) -> str:
    return f"is one of {service}'s that does not say what it is for ({variable})"


def _at(value: Any, *names: str) -> Any:  # JSON of somebody else
    """Return what lies below `names`; None where one of them is missing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
