"""The options of a build on one line, so that two builds can be compared; no imports.

The last build wrote its line into the state; the no-op path compares it with the line
of the command at hand. What cannot change the result of a build that is up to date
(jobs, progress, budgets) is not in it.
"""

from __future__ import annotations


def options_line(
    spec: str,
    *,
    names: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    targets: tuple[str, ...] = (),
    profile: str | None = None,
    provider: str | None = None,
) -> str | None:
    """Return the canonical line; None if a value holds a control character.

    Args:
        spec: File name of the spec inside the project root.
        names: Names of assets, in any order.
        tags: Tags, in any order.
        targets: Names of targets, in any order.
        profile: Name of the profile.
        provider: Name of the provider that flags ask for.
    """
    parts = [
        f"spec={spec}",
        *(f"name={each}" for each in sorted(set(names))),
        *(f"tag={each}" for each in sorted(set(tags))),
        *(f"target={each}" for each in sorted(set(targets))),
    ]
    if profile is not None:
        parts.append(f"profile={profile}")
    if provider is not None:
        parts.append(f"provider={provider}")
    if not all(part.isprintable() for part in parts):
        return None
    return "\t".join(parts)
