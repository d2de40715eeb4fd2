"""The flags of each command, in the groups that its help shows."""

from __future__ import annotations

import argparse
import math

from assetgen.cli.ci_flags import (
    add_ci_flag,
    add_junit_flag,
    add_sarif_flag,
    add_trust_flag,
)

# --- values ---------------------------------------------------------------------


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 10_000:
        raise argparse.ArgumentTypeError(
            f"expected a number from 1 to 10000, not {text!r}"
        )
    return int(text)


def _few(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:9]) > 100:
        raise argparse.ArgumentTypeError(
            f"expected a number from 0 to 100, not {text!r}"
        )
    return int(text)


def _above_zero(text: str) -> float:
    value = amount(text)
    if not 0 < value <= 1e6:
        raise argparse.ArgumentTypeError(
            f"expected a number above 0, at most 1000000, not {text!r}"
        )
    return value


def amount(text: str) -> float:
    """Return a number that is not negative.

    Raises:
        argparse.ArgumentTypeError: It is something else.
    """
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
    _add_server_flag(group)


def _add_server_flag(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--server",
        metavar="NAME",
        help="ask this server of the user's config.toml (default: ASSETGEN_SERVER, "
        "OPENAI_BASE_URL, then `server` of config.toml)",
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
    add_money_flags(group)
    group.add_argument(
        "--up-to-budget",
        action="store_true",
        help="where the plan costs more, draw until the next call would not fit",
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
    add_retry_flags(group)
    group.add_argument(
        "--redraw-missing",
        action="store_true",
        help="draw pinned pictures again whose bytes are nowhere",
    )


def add_money_flags(group: argparse._ActionsContainer) -> None:
    """Add what calls may cost."""
    group.add_argument(
        "--max-cost",
        type=amount,
        metavar="USD",
        help="draw nothing if the plan costs more (default: ASSETGEN_MAX_COST, then "
        "build_usd of config.toml, then 5)",
    )
    group.add_argument(
        "--assume-cost",
        type=amount,
        metavar="USD",
        help="price of a picture that has none in the model table",
    )


def add_retry_flags(group: argparse._ActionsContainer) -> None:
    """Add which calls may be made although an earlier one brought nothing."""
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


def _add_run_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it runs")
    _add_call_flags(group)
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
        type=amount,
        metavar="SECONDS",
        help="wait this long for another build (default: as long as it takes; 0: not)",
    )
    parser.set_defaults(fail_fast=False)


def _add_call_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--jobs",
        type=_count,
        metavar="N",
        help="requests in flight (default: as config.toml says, then 8)",
    )
    group.add_argument(
        "--rate",
        type=_above_zero,
        metavar="N",
        help="ask for at most so many pictures a minute (default: as config.toml or the "
        "server's answers say)",
    )
    group.add_argument(
        "--retries",
        type=_few,
        metavar="N",
        default=4,
        help="repeat a call so often that was turned away and not charged (default: 4)",
    )
    group.add_argument(
        "--request-timeout",
        type=_above_zero,
        metavar="SECONDS",
        default=600.0,
        help="give up waiting for an answer, which may have been charged (default: 600)",
    )
    group.add_argument(
        "--partials",
        type=int,
        choices=range(4),
        metavar="N",
        default=0,
        help="ask for so many pictures on the way to each draw, 0 to 3, for 100 output "
        "tokens each (default: 0)",
    )


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


def add_build(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen build`."""
    _add_selection_flags(parser)
    _add_spec_flags(parser)
    _add_draw_flags(parser)
    _add_run_flags(parser)
    parser.add_argument(
        "--plan",
        metavar="FILE",
        help="build what this plan says, from `assetgen plan -o`, and nothing if "
        "anything moved since; takes the place of NAME and the flags it was made with",
    )
    add_trust_flag(parser)
    add_junit_flag(parser)
    add_sarif_flag(parser)
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


def add_plan(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen plan`."""
    _add_selection_flags(parser)
    _add_spec_flags(parser)
    _add_draw_flags(parser)
    parser.add_argument(
        "--exit-code", action="store_true", help="end with 4 if anything would change"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the plan to this file, too, for `assetgen build --plan`",
    )
    add_sarif_flag(parser)
    _add_voice_flags(parser, ("text", "json", "markdown", "github"))


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen check`."""
    _add_spec_flags(parser)
    parser.add_argument(
        "--locked",
        action="store_true",
        help="the lock must fit the spec; pictures need not be there",
    )
    parser.add_argument("--release", action="store_true", help="refuse placeholders")
    add_sarif_flag(parser)
    _add_voice_flags(parser, ("text", "json", "github"))


def add_why(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen why`."""
    parser.add_argument("name", metavar="NAME", help="the asset")
    _add_spec_flags(parser)
    parser.add_argument(
        "--exit-code", action="store_true", help="end with 4 if anything changed"
    )
    _add_voice_flags(parser, ("text", "json"))


def add_show(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen show`."""
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
        help="print the request as an OpenAPI document, which API clients import",
    )
    parser.add_argument(
        "--files",
        metavar="DIR",
        help="with --curl or --openapi: write the pictures that go out to this folder",
    )
    _add_voice_flags(parser, ("text", "json"))


def add_log(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen log`."""
    parser.add_argument("name", metavar="NAME", help="the asset")
    _add_spec_flags(parser)
    _add_voice_flags(parser, ("text", "json"))


def add_cost(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen cost`."""
    parser.add_argument(
        "--file",
        metavar="PATH",
        default="assets.yaml",
        help="the spec; its folder is the project root (default: assets.yaml)",
    )
    parser.add_argument(
        "--since",
        metavar="DATE|DAYS",
        help="only calls since this day in UTC: 2026-11-01, or 7d for the last seven",
    )
    parser.add_argument(
        "--by",
        choices=("asset", "model", "day", "provider"),
        help="only the table of these (default: all four, long ones cut)",
    )
    parser.add_argument(
        "--dismiss",
        metavar="KEY",
        help="settle the calls of unknown outcome whose key begins so (six digits or "
        "more): they are not listed again, and a build may ask again",
    )
    parser.add_argument(
        "--lock-timeout",
        type=amount,
        metavar="SECONDS",
        help="with --dismiss: wait this long for a build (default: as long as it takes)",
    )
    short = parser.add_mutually_exclusive_group()
    for form in ("json", "csv"):
        short.add_argument(
            f"--{form}",
            dest="format",
            action="store_const",
            const=form,
            help=f"the same as --format {form}",
        )
    _add_voice_flags(parser, ("text", "json", "csv"))


def add_graph(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen graph`."""
    _add_spec_flags(parser)
    parser.add_argument(
        "--names", dest="only_names", action="store_true", help=argparse.SUPPRESS
    )
    _add_voice_flags(parser, ("text", "dot", "mermaid", "json"))


def add_clean(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen clean`."""
    _add_spec_flags(parser)
    _add_voice_flags(parser)


def add_init(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen init`."""
    parser.add_argument(
        "folder",
        nargs="?",
        default=".",
        metavar="FOLDER",
        help="where to put assets.yaml (default: here)",
    )
    add_ci_flag(parser)
    _add_voice_flags(parser)


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen doctor`."""
    parser.add_argument(
        "--file",
        metavar="PATH",
        default="assets.yaml",
        help="the spec; its folder is the project root (default: assets.yaml)",
    )
    _add_server_flag(parser)
    _add_voice_flags(parser, ("text", "json"))


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen models`."""
    parser.add_argument(
        "--spec",
        action="store_true",
        help="only the models that the spec uses, and what they still have to draw",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="ask the server which of the spec's models it has; needs a key, costs "
        "nothing",
    )
    _add_spec_flags(parser)
    _add_voice_flags(parser, ("text", "json"))


def add_schema(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen schema`."""
    parser.add_argument(
        "name",
        nargs="?",
        default="assets",
        metavar="NAME",
        help="assets, lock, manifest, plan, events, ... (default: assets)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write it to this file")
    _add_voice_flags(parser)


def add_completion(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen completion`."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="your shell")
    _add_voice_flags(parser)
