"""The commands and their flags, as data and as argparse parsers.

Only the parser of the command that was asked for is built. `help_text`, completions and
the command reference walk over the same table, so they cannot disagree with it.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from assetgen.cli import (
    flags,
    hygiene_flags,
    picking_flags,
    report_flags,
    review_flags,
    serve_flags,
    store_flags,
    watch_flags,
)
from assetgen.errors import ExitCode, UsageError
from assetgen.naming import closest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

EXIT_CODES: Final[Mapping[ExitCode, str]] = {
    ExitCode.DONE: "done",
    ExitCode.SOME_FAILED: "some assets failed",
    ExitCode.USAGE: "wrong usage",
    ExitCode.SPEC_INVALID: "invalid spec",
    ExitCode.CHANGES_PENDING: "changes pending (plan --exit-code, build --locked)",
    ExitCode.OVER_BUDGET: "over budget",
    ExitCode.REFUSED: "refused by policy or trust",
    ExitCode.INTEGRITY: "integrity: a pinned picture is missing or damaged",
    ExitCode.BUSY: "another build holds the project",
    ExitCode.CREDENTIALS: "no key, a refused key, or no money",
    ExitCode.BUG: "a bug in assetgen",
    ExitCode.DISK: "a file could not be read or written",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.TERMINATED: "terminated",
}


class Parser(argparse.ArgumentParser):
    """An argparse parser that raises `UsageError` where argparse would exit."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the arguments.

        Raises:
            UsageError: Always.
        """
        raise UsageError(message, hint=f"see `{self.prog} --help`")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help texts that are the same under every version of Python."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(
            action, self._get_default_metavar_for_optional(action)
        )
        return f"{', '.join(action.option_strings)} {value}"


class Command(NamedTuple):
    """One command.

    Attributes:
        add_flags: Adds its arguments to a parser.
        module: Name of its module in `assetgen.cli.commands`.
    """

    name: str
    summary: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    module: str


COMMANDS: Final = (
    Command("build", "build what is not up to date", flags.add_build, "build"),
    Command(
        "plan", "show what a build would do, why, and its price", flags.add_plan, "plan"
    ),
    Command(
        "watch",
        "build again whenever something changes",
        watch_flags.add_watch,
        "watch",
    ),
    Command(
        "serve",
        "show the pictures in a browser on this machine, live",
        serve_flags.add_serve,
        "serve",
    ),
    Command("check", "validate the spec", hygiene_flags.add_check, "check"),
    Command("why", "show what changed since an asset was built", flags.add_why, "why"),
    Command("show", "show an asset, its request and its files", flags.add_show, "show"),
    Command("log", "show the draws of an asset", flags.add_log, "log"),
    Command(
        "pick", "make another draw an asset's picture", picking_flags.add_pick, "pick"
    ),
    Command(
        "reroll",
        "ask for new draws of an unchanged request",
        picking_flags.add_reroll,
        "reroll",
    ),
    Command(
        "diff",
        "show what differs from a git revision, with pictures and prices",
        review_flags.add_diff,
        "diff",
    ),
    Command(
        "report",
        "write the gallery as files that open from disk",
        report_flags.add_report,
        "report",
    ),
    Command("cost", "show what was paid, from the ledger", flags.add_cost, "cost"),
    Command("graph", "show which asset needs which", flags.add_graph, "graph"),
    Command(
        "verify",
        "see whether outputs, manifest, lock and store agree",
        store_flags.add_verify,
        "verify",
    ),
    Command("cache", "look after the store of draws", store_flags.add_cache, "cache"),
    Command("lock", "mend or merge a conflicted lock", store_flags.add_lock, "lock"),
    Command("fmt", "format the spec", hygiene_flags.add_fmt, "fmt"),
    Command("clean", "remove the files that builds wrote", flags.add_clean, "clean"),
    Command("init", "write a first assets.yaml", flags.add_init, "initialise"),
    Command(
        "doctor",
        "look for what would keep a build from working",
        flags.add_doctor,
        "doctor",
    ),
    Command(
        "models",
        "show what models can do, cost, and when they end",
        flags.add_models,
        "models",
    ),
    Command("schema", "print a JSON Schema", flags.add_schema, "schema"),
    Command(
        "completion",
        "print completions for a shell",
        flags.add_completion,
        "completion",
    ),
)

_BY_NAME: Final = {command.name: command for command in COMMANDS}


def find_command(word: str) -> Command:
    """Return the command of that name.

    Raises:
        UsageError: There is none.
    """
    command = _BY_NAME.get(word)
    if command is not None:
        return command
    if word.startswith("-"):
        raise UsageError(
            f"no command before {word}",
            hint="flags follow the command, as in `assetgen build -v`",
        )
    near = closest(word, _BY_NAME)
    hint = f"did you mean `assetgen {near}`?" if near else "see `assetgen --help`"
    raise UsageError(f"there is no command {word!r}", hint=hint)


def parser_of(command: Command) -> Parser:
    """Return the parser of one command."""
    epilog = None
    if command.name in {"build", "plan"}:
        epilog = exit_code_text()
    parser = Parser(
        prog=f"assetgen {command.name}",
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
        epilog=epilog,
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    command.add_flags(parser)
    words = "".join(
        f" {_word(each)}"
        for each in parser._actions  # noqa: SLF001  # argparse has no public list of arguments
        if not each.option_strings
    )
    parser.usage = f"{parser.prog}{words} [flags]"
    return parser


def _word(action: argparse.Action) -> str:
    name = action.metavar or "|".join(str(each) for each in action.choices or ())
    return {"*": f"[{name} ...]", "?": f"[{name}]"}.get(str(action.nargs), str(name))


def parse(command: Command, arguments: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of `command`, names and flags in any order.

    Raises:
        UsageError: They do not fit.
    """
    parser = parser_of(command)
    parsed, unknown = parser.parse_known_intermixed_args(list(arguments))
    if unknown:
        known = [flag for each in parser._actions for flag in each.option_strings]  # noqa: SLF001  # argparse has no public list of flags
        word = unknown[0]
        near = closest(word.partition("=")[0], known)
        hint = f"did you mean {near}?" if near else f"see `{parser.prog} --help`"
        what = "flag" if word.startswith("-") else "further word"
        raise UsageError(f"`{parser.prog}` takes no {what} {word!r}", hint=hint)
    return parsed


def actions_of(command: Command) -> Sequence[argparse.Action]:
    """Return all arguments of a command, for completions; hidden ones left out."""
    return [
        action
        for action in parser_of(command)._actions  # noqa: SLF001  # argparse has no public list of arguments
        if action.help != argparse.SUPPRESS
    ]


def exit_code_text() -> str:
    """Return the list of exit codes for help texts."""
    rows = [f"  {int(code):>3}  {meaning}" for code, meaning in EXIT_CODES.items()]
    return "\n".join(["exit codes:", *rows])


def help_text() -> str:
    """Return the text of `assetgen --help`."""
    rows = [f"  {command.name:<12}{command.summary}" for command in COMMANDS]
    lines = [
        "usage: assetgen COMMAND [arguments]",
        "",
        "Build a game's or a website's pictures from a checked-in description.",
        "",
        "commands:",
        *rows,
        "",
        "  `assetgen COMMAND --help` lists a command's flags;",
        "  `assetgen --version` prints the version.",
        "",
        exit_code_text(),
        "",
        "environment:",
        "  OPENAI_API_KEY     the key for the provider openai",
        "  OPENAI_BASE_URL    a server that speaks the image API, instead of OpenAI",
        "  ASSETGEN_SERVER    a server of config.toml, by name",
        "  ASSETGEN_CONFIG    the file to read instead of the user's config.toml",
        "  ASSETGEN_MAX_COST  most that one build may cost, in US dollars",
        "  ASSETGEN_STORE     folder of the store, for one store for many checkouts",
        "  ASSETGEN_DEBUG     show the traceback of a bug in assetgen",
        "  NO_COLOR, FORCE_COLOR, CI, GITHUB_ACTIONS are honoured",
    ]
    return "\n".join(lines) + "\n"
