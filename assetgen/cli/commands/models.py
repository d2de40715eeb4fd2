"""`assetgen models`: what is known of the models, and which of them a spec uses."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from assetgen.errors import ExitCode
from assetgen.report import models_text, server_models_text
from assetgen.report.models_text import Use
from assetgen.report.server_models_text import Listed

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from assetgen.cli.console import Console
    from assetgen.providers.connection import Connection
    from assetgen.providers.models import ModelTable


def run(args: Namespace, console: Console) -> int:
    """Print the table, or the models of the spec, or what a server has of them."""
    return show(args, console, dt.datetime.now(dt.UTC).date())


def show(args: Namespace, console: Console, today: dt.date) -> int:
    """Print as of the day `today`."""
    from assetgen.config import read_config
    from assetgen.connections import connection

    config = read_config(console.environ)
    table = config.model_table()
    uses = uses_of(args, console, table) if args.spec or args.check else None
    if args.check:
        assert uses is not None
        asked = connection(config, args.server, console.environ)
        found = listed_by(asked, uses, table)
        if args.format == "json":
            server = server_models_text.as_data(found, asked.server, asked.host)
            console.data(models_text.as_json(table, today, uses, server))
        else:
            console.show(server_models_text.as_text(found, asked.host, today))
    elif args.format == "json":
        console.data(models_text.as_json(table, today, uses))
    elif uses is not None:
        console.show(models_text.uses_text(uses, table, today))
    else:
        console.show(models_text.as_text(table, today, verbose=console.verbose))
    return ExitCode.DONE


def uses_of(args: Namespace, console: Console, table: ModelTable) -> list[Use]:
    """Return the models that the spec uses, and what of theirs is to be drawn.

    An asset without a model counts for the default model where the provider has to
    send one; stand-ins without a model need none.

    Raises:
        UsageError: There is no spec, or it names a provider that this run has not.
        SpecInvalid: The spec is wrong in more than what it asks of models.
    """
    from assetgen import project
    from assetgen.cli.options import options_from
    from assetgen.model import Drawn

    loaded, plan = project.survey(options_from(args, console.environ))
    assets: dict[str, list[str]] = {}
    to_draw: dict[str, list[str]] = {}
    for planned in plan.assets:
        source = loaded.assets[planned.name].source
        if not isinstance(source, Drawn):
            continue
        name = source.model or (table.default if source.provider == "openai" else None)
        if name is None:
            continue
        assets.setdefault(name, []).append(planned.name)
        if planned.draws:
            to_draw.setdefault(name, []).append(planned.name)
    return [
        Use(
            name=name,
            model=table.get(name),
            assets=tuple(names),
            to_draw=tuple(to_draw.get(name, ())),
        )
        for name, names in assets.items()
    ]


def listed_by(
    asked: Connection, uses: Sequence[Use], table: ModelTable
) -> list[Listed]:
    """Ask a server which of the models it has; costs nothing.

    Raises:
        CredentialsMissing: No key, or a refused one.
        ProviderError: The server did not answer, or has no list.
    """
    from assetgen.providers.openai_images.inventory import models_on

    there = models_on(asked)
    found = []
    for use in uses:
        sent = asked.models.get(use.name, use.name)
        ending = use.model is not None and use.model.shutdown is not None
        found.append(
            Listed(
                name=use.name,
                sent=sent,
                listed=sent in there,
                shutdown=there.get(sent),
                instead=table.replacement(use.model) if ending and use.model else None,
            )
        )
    return found
