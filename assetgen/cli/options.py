"""What the project is asked for, from the arguments and the environment."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from assetgen.cli.flags import amount
from assetgen.errors import UsageError

_LARGEST_EVENT = 32 * 1024 * 1024
"""Bytes; services' events have at most 25 MB."""

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assetgen.config import Config
    from assetgen.project import Options


def options_from(args: argparse.Namespace, environ: Mapping[str, str]) -> Options:
    """Return the `project.Options` that arguments and environment ask for.

    Raises:
        UsageError: There is no spec file, or a variable of the environment or the
            user's settings are unusable.
        DiskRefused: The user's settings cannot be read.
    """
    from pathlib import Path

    from assetgen.config import read_config
    from assetgen.connections import connection
    from assetgen.project import Options

    path = Path(args.file)
    root = Path(os.path.abspath(path.parent))  # noqa: PTH100  # links in it stay as they are
    if not (root / path.name).is_file():
        raise UsageError(
            f"there is no spec file {args.file}",
            hint="`assetgen init` writes a first one; --file names another",
        )
    config = read_config(environ)
    store = environ.get("ASSETGEN_STORE")
    given = vars(args)
    same = (
        "profile",
        "provider",
        "jobs",
        "workers",
        "locked",
        "offline",
        "fail_fast",
        "force",
        "release",
        "retry_rejected",
        "retry_unknown",
        "redraw_missing",
        "up_to_budget",
        "rate",
        "retries",
        "partials",
    )
    return Options(
        root=root,
        spec=path.name,
        names=tuple(given.get("names", ())),
        tags=tuple(given.get("tags", ())),
        targets=tuple(given.get("targets", ())),
        max_cost_usd=_max_cost(given.get("max_cost"), environ, config),
        assume_cost_usd=given.get("assume_cost"),
        request_timeout_s=given.get("request_timeout", 600.0),
        lock_timeout_s=given.get("lock_timeout"),
        providers=config.providers,
        store=Path(store).absolute() if store else config.store,
        config=config,
        connection=connection(config, given.get("server"), environ),
        doubt=None if given.get("trust_fork") else _doubt(environ),
        **{name: given[name] for name in same if name in given},
    )


def _max_cost(
    flag: float | None, environ: Mapping[str, str], config: Config
) -> float | None:
    text = environ.get("ASSETGEN_MAX_COST")
    if flag is not None:
        return flag
    if not text:
        return config.budget.build_usd
    try:
        return amount(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"ASSETGEN_MAX_COST: {error}") from None


def _doubt(environ: Mapping[str, str]) -> str | None:
    """Return why this run must not pay, from what a CI service says of it."""
    from assetgen.trust import EVENT_FILE, event_of, trust_of

    event = None
    if path := environ.get(EVENT_FILE):
        try:
            with open(path, "rb") as file:  # noqa: PTH123  # the runner's own file
                event = event_of(file.read(_LARGEST_EVENT).decode("utf-8", "replace"))
        except OSError:
            event = None  # then what it would say counts as unknown
    return trust_of(environ, event).doubt
