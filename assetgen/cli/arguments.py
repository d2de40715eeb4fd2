"""The commands and their flags, as data and as argparse parsers.

Only the parser of the command that was asked for is built. `help_text`, completions and
the command reference walk over the same table, so they cannot disagree with it.
"""

from __future__ import annotations

import argparse
import math
import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

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

LATER: Final = (
    "watch",
    "serve",
    "log",
    "pick",
    "reroll",
    "cost",
    "diff",
    "report",
    "verify",
    "cache",
    "lock",
    "models",
    "fmt",
)
"""Commands that the design names and that this version does not have."""


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


# --- values ---------------------------------------------------------------------


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 10_000:
        raise argparse.ArgumentTypeError(
            f"expected a number from 1 to 10000, not {text!r}"
        )
    return int(text)


def _amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(
            f"expected a number that is not negative, not {text!r}"
        )
    return value


# --- groups of flags --------------------------------------------------------------


def _add_spec_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("spec")
    group.add_argument(
        "--file",
        metavar="PATH",
        default="assets.yaml",
        help="the spec; its folder is the project root (default: assets.yaml)",
    )
    group.add_argument("--profile", metavar="NAME", help="apply a profile of the spec")
    group.add_argument(
        "--provider",
        metavar="NAME",
        help="draw with this provider, whatever the spec says",
    )


def _add_selection_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="only these assets and what they need; NAME+ adds what depends on "
        "them; globs work (default: all)",
    )
    group = parser.add_argument_group("selection")
    group.add_argument(
        "-t",
        "--tag",
        dest="tags",
        action="append",
        default=[],
        metavar="TAG",
        help="only assets with this tag; may be repeated",
    )
    group.add_argument(
        "--target",
        dest="targets",
        action="append",
        default=[],
        metavar="NAME",
        help="only files of this target; may be repeated",
    )


def _add_draw_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what may be drawn")
    group.add_argument(
        "--max-cost",
        type=_amount,
        metavar="USD",
        help="draw nothing if the plan costs more (default: ASSETGEN_MAX_COST, then 5)",
    )
    group.add_argument(
        "--locked",
        action="store_true",
        help="no provider call; the lock must fit the spec",
    )
    group.add_argument("--offline", action="store_true", help="no network at all")
    group.add_argument(
        "--force", action="store_true", help="overwrite files edited by hand"
    )
    group.add_argument("--release", action="store_true", help="refuse placeholders")
    group.add_argument(
        "--retry-rejected",
        action="store_true",
        help="ask again for what moderation rejected",
    )
    group.add_argument(
        "--retry-unknown",
        action="store_true",
        help="ask again where a call may have been charged without an answer",
    )
    group.add_argument(
        "--redraw-missing",
        action="store_true",
        help="draw pinned pictures again whose bytes are nowhere",
    )


def _add_run_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it runs")
    group.add_argument(
        "--jobs", type=_count, metavar="N", help="requests in flight (default: 8)"
    )
    group.add_argument(
        "--workers", type=_count, metavar="N", help="processors to use (default: all)"
    )
    stop = group.add_mutually_exclusive_group()
    stop.add_argument(
        "--keep-going",
        dest="fail_fast",
        action="store_false",
        help="build what can be built when an asset fails (default)",
    )
    stop.add_argument(
        "--fail-fast",
        dest="fail_fast",
        action="store_true",
        help="start nothing more once an asset failed",
    )
    group.add_argument(
        "--lock-timeout",
        type=_amount,
        metavar="SECONDS",
        help="wait this long for another build (default: as long as it takes; 0: not)",
    )
    parser.set_defaults(fail_fast=False)


def _add_voice_flags(
    parser: argparse.ArgumentParser, formats: tuple[str, ...] = ()
) -> None:
    group = parser.add_argument_group("words")
    if formats:
        group.add_argument(
            "--format",
            choices=formats,
            help=f"form of what is printed (default: {formats[0]})",
        )
    group.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    group.add_argument("-v", "--verbose", action="store_true", help="print more")


# --- commands ---------------------------------------------------------------------


def _add_build(parser: argparse.ArgumentParser) -> None:
    _add_selection_flags(parser)
    _add_spec_flags(parser)
    _add_draw_flags(parser)
    _add_run_flags(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="the same as `assetgen plan`"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print events as JSON, one a line; the first is the version",
    )
    parser.add_argument(
        "--progress",
        choices=("auto", "plain", "tty", "quiet"),
        default="auto",
        help="how to show what is being done (default: auto)",
    )
    _add_voice_flags(parser, ("text", "json", "github"))


def _add_plan(parser: argparse.ArgumentParser) -> None:
    _add_selection_flags(parser)
    _add_spec_flags(parser)
    _add_draw_flags(parser)
    parser.add_argument(
        "--exit-code", action="store_true", help="end with 4 if anything would change"
    )
    _add_voice_flags(parser, ("text", "json", "markdown", "github"))


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_spec_flags(parser)
    parser.add_argument("--release", action="store_true", help="refuse placeholders")
    _add_voice_flags(parser, ("text", "json", "github"))


def _add_why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the asset")
    _add_spec_flags(parser)
    parser.add_argument(
        "--exit-code", action="store_true", help="end with 4 if anything changed"
    )
    _add_voice_flags(parser, ("text", "json"))


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the asset")
    _add_spec_flags(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--curl",
        action="store_true",
        help="print the request as a curl command with the key as $OPENAI_API_KEY",
    )
    form.add_argument(
        "--openapi",
        action="store_true",
        help="print the request for API clients (not available yet)",
    )
    _add_voice_flags(parser, ("text", "json"))


def _add_graph(parser: argparse.ArgumentParser) -> None:
    _add_spec_flags(parser)
    parser.add_argument(
        "--names", dest="only_names", action="store_true", help=argparse.SUPPRESS
    )
    _add_voice_flags(parser, ("text", "dot", "mermaid", "json"))


def _add_clean(parser: argparse.ArgumentParser) -> None:
    _add_spec_flags(parser)
    _add_voice_flags(parser)


def _add_init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        nargs="?",
        default=".",
        metavar="FOLDER",
        help="where to put assets.yaml (default: here)",
    )
    _add_voice_flags(parser)


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--file",
        metavar="PATH",
        default="assets.yaml",
        help="the spec; its folder is the project root (default: assets.yaml)",
    )
    _add_voice_flags(parser, ("text", "json"))


def _add_schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        nargs="?",
        default="assets",
        metavar="NAME",
        help="assets, lock, manifest, plan, events, ... (default: assets)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write it to this file")
    _add_voice_flags(parser)


def _add_completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="your shell")
    _add_voice_flags(parser)


COMMANDS: Final = (
    Command("build", "build what is not up to date", _add_build, "build"),
    Command(
        "plan", "show what a build would do, why, and its price", _add_plan, "plan"
    ),
    Command("check", "validate the spec", _add_check, "check"),
    Command("why", "show what changed since an asset was built", _add_why, "why"),
    Command("show", "show an asset, its request and its files", _add_show, "show"),
    Command("graph", "show which asset needs which", _add_graph, "graph"),
    Command("clean", "remove the files that builds wrote", _add_clean, "clean"),
    Command("init", "write a first assets.yaml", _add_init, "initialise"),
    Command(
        "doctor", "look for what would keep a build from working", _add_doctor, "doctor"
    ),
    Command("schema", "print a JSON Schema", _add_schema, "schema"),
    Command(
        "completion", "print completions for a shell", _add_completion, "completion"
    ),
)

_BY_NAME: Final = {command.name: command for command in COMMANDS}


def find_command(word: str) -> Command:
    """Return the command of that name.

    Raises:
        UsageError: There is none; later versions' commands are named as such.
    """
    command = _BY_NAME.get(word)
    if command is not None:
        return command
    if word in LATER:
        raise UsageError(f"`assetgen {word}` is not available yet in this version")
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
        flags = [flag for each in parser._actions for flag in each.option_strings]  # noqa: SLF001  # argparse has no public list of flags
        word = unknown[0]
        near = closest(word.partition("=")[0], flags)
        hint = f"did you mean {near}?" if near else f"see `{parser.prog} --help`"
        raise UsageError(f"`{parser.prog}` does not know {word!r}", hint=hint)
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
        "  ASSETGEN_MAX_COST  most that one build may cost, in US dollars",
        "  ASSETGEN_STORE     folder of the store, for one store for many checkouts",
        "  ASSETGEN_DEBUG     show the traceback of a bug in assetgen",
        "  NO_COLOR, FORCE_COLOR, CI, GITHUB_ACTIONS are honoured",
    ]
    return "\n".join(lines) + "\n"


# --- arguments to options -----------------------------------------------------------


def options_from(args: argparse.Namespace, environ: Mapping[str, str]) -> Any:
    """Return the `project.Options` that arguments and environment ask for.

    Raises:
        UsageError: There is no spec file, or a variable of the environment is unusable.
    """
    from pathlib import Path

    from assetgen.project import Options

    path = Path(args.file)
    root = Path(os.path.abspath(path.parent))  # noqa: PTH100  # links in it stay as they are
    if not (root / path.name).is_file():
        raise UsageError(
            f"there is no spec file {args.file}",
            hint="`assetgen init` writes a first one; --file names another",
        )
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
    )
    return Options(
        root=root,
        spec=path.name,
        names=tuple(given.get("names", ())),
        tags=tuple(given.get("tags", ())),
        targets=tuple(given.get("targets", ())),
        max_cost_usd=_max_cost(given.get("max_cost"), environ),
        lock_timeout_s=given.get("lock_timeout"),
        store=Path(store) if store else None,
        **{name: given[name] for name in same if name in given},
    )


def _max_cost(flag: float | None, environ: Mapping[str, str]) -> float | None:
    text = environ.get("ASSETGEN_MAX_COST")
    if flag is not None or not text:
        return flag
    try:
        return _amount(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"ASSETGEN_MAX_COST: {error}") from None
