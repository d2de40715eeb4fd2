"""`assetgen cache`: what the store holds, whether it is sound, and what may go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from assetgen.cli.notes import tell_on
from assetgen.cli.options import options_from
from assetgen.errors import ExitCode, UsageError
from assetgen.report import store_text

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping

    from assetgen.cli.console import Console
    from assetgen.project import Options

_BELONGS: Final[Mapping[str, frozenset[str]]] = {
    "yes": frozenset({"gc"}),
    "paid": frozenset({"gc", "status"}),
    "also": frozenset({"gc"}),
    "repair": frozenset({"verify"}),
    "everything": frozenset({"export"}),
    "path": frozenset({"export", "import"}),
}
_FLAG: Final = {"everything": "--all", "path": "PATH"}


def run(args: Namespace, console: Console) -> int:
    """Carry one of the actions out.

    Raises:
        UsageError: A flag or a path belongs to another action.
    """
    given = vars(args)
    for name, actions in _BELONGS.items():
        if given[name] and args.action not in actions:
            flag = _FLAG.get(name, f"--{name}")
            raise UsageError(f"`assetgen cache {args.action}` takes no {flag}")
    if args.action in _BELONGS["path"] and not args.path:
        raise UsageError(
            f"`assetgen cache {args.action}` needs a folder, or a file that ends with "
            ".tar"
        )
    return _ACTIONS[args.action](args, console, options_from(args, console.environ))


def _status(args: Namespace, console: Console, options: Options) -> int:
    from assetgen import upkeep

    status = upkeep.status_of(options, paid=args.paid)
    if args.format == "json":
        console.data(store_text.status_json(status))
    else:
        console.show(store_text.status_text(status))
    return ExitCode.DONE


def _verify(args: Namespace, console: Console, options: Options) -> int:
    from assetgen import upkeep

    damage = upkeep.verify_store(options, tell_on(console), repair=args.repair)
    if args.format == "json":
        console.data(store_text.damage_json(damage, repaired=args.repair))
    elif damage or not console.quiet:
        console.show(store_text.damage_text(damage, repaired=args.repair))
    return ExitCode.INTEGRITY if damage else ExitCode.DONE


def _collect(args: Namespace, console: Console, options: Options) -> int:
    from assetgen import upkeep

    collected = upkeep.collect(
        options,
        tell_on(console),
        carry_out=args.yes,
        paid=args.paid,
        also=[Path(each) for each in args.also],
    )
    if args.format == "json":
        console.data(store_text.collected_json(collected))
    else:
        text = store_text.collected_text(collected, verbose=console.verbose)
        console.show(text)
    return ExitCode.DONE


def _export(args: Namespace, console: Console, options: Options) -> int:
    """Export; 7 where a draw of the lock is nowhere, after all others are out."""
    from assetgen import upkeep

    moved = upkeep.export(options, Path(args.path), everything=args.everything)
    console.say(store_text.moved_text(moved, "exported"))
    for digest in moved.missing:
        console.complain(f"missing: the draw {digest} is not in the store")
    return ExitCode.INTEGRITY if moved.missing else ExitCode.DONE


def _import(args: Namespace, console: Console, options: Options) -> int:
    from assetgen import upkeep

    moved = upkeep.take_in(options, Path(args.path), tell_on(console))
    console.say(store_text.moved_text(moved, "imported"))
    return ExitCode.DONE


_ACTIONS: Final[Mapping[str, Callable[[Namespace, Console, Options], int]]] = {
    "status": _status,
    "verify": _verify,
    "gc": _collect,
    "export": _export,
    "import": _import,
}
