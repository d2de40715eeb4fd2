"""The entry of the command: the shortest way for what is asked most often.

A build that has nothing to do, and `--version`, are answered here, before argparse or
anything else is imported. Everything that is not certain goes to `assetgen.cli.main`,
which gives the same answers more slowly. Keep the imports of this module at two.
"""

from __future__ import annotations

import os
import sys

_FREE = frozenset(
    {"--locked", "--offline", "--keep-going", "--fail-fast", "--trust-fork"}
)
"""Flags of `build` that change nothing where there is nothing to do."""

_STOPPED = frozenset({130, 143})
_ONE = frozenset({"--file", "--profile", "--provider"})
_MANY = {"--target": "targets", "--tag": "tags", "-t": "tags"}
_CHECKED = frozenset({"--jobs", "--workers", "--progress"})
_PROGRESS = frozenset({"auto", "plain", "tty", "quiet"})


def main() -> int:
    """Run the command that `sys.argv` names and return its exit code."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        from assetgen import __version__

        sys.stdout.write(f"assetgen {__version__}\n")
        return 0
    if arguments and arguments[0] == "build" and _is_up_to_date(arguments[1:]):
        return 0
    from assetgen.cli.main import run

    code = run(arguments)
    if code in _STOPPED or arguments[:1] == ["watch"]:
        _leave_threads_behind(code)
    return code


def _leave_threads_behind(code: int) -> None:
    """End at once if threads still wait for answers that nobody waits for any more.

    After a second Ctrl-C the interpreter would otherwise wait for them in silence.
    """
    threads = sys.modules.get("threading")
    if threads is not None and threads.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _is_up_to_date(arguments: list[str]) -> bool:
    """Say so and return True where the build has nothing to do for certain.

    A workflow that reads what a build says of itself gets it the long way.
    """
    if "GITHUB_OUTPUT" in os.environ or "GITHUB_STEP_SUMMARY" in os.environ:
        return False
    plain = read_plain(arguments)
    if plain is None:
        return False
    root, options, quiet = plain
    from assetgen import __version__
    from assetgen.noop import up_to_date

    line = up_to_date(root, options, __version__)
    if line is None:
        return False
    if not quiet:
        sys.stderr.write(line + "\n")
    return True


def read_plain(arguments: list[str]) -> tuple[str, str, bool] | None:
    """Return root, canonical options and whether to be quiet, of a plain build.

    None where a flag is not in the small tables of this module: then argparse reads it.
    """
    one: dict[str, str] = {}
    many: dict[str, list[str]] = {"names": [], "targets": [], "tags": []}
    quiet = False
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            many["names"].append(word)
        elif word in {"-q", "--quiet"}:
            quiet = True
        elif word not in _FREE:
            flag, equals, value = word.partition("=")
            if not equals:
                value = next(words, "")
            if not value or value.startswith("-") or (equals and flag == "-t"):
                return None
            if flag in _ONE:
                one[flag] = value
            elif flag in _MANY:
                many[_MANY[flag]].append(value)
            elif not _fits(flag, value):
                return None
    path = os.path.abspath(one.get("--file", "assets.yaml"))  # noqa: PTH100  # pathlib costs more than the whole check
    root, spec = os.path.split(path)
    from assetgen.options_line import options_line

    line = options_line(
        spec,
        **{name: tuple(values) for name, values in many.items()},
        profile=one.get("--profile"),
        provider=one.get("--provider"),
    )
    return None if line is None else (root, line, quiet)


def _fits(flag: str, value: str) -> bool:
    """Return whether a flag that changes no result has a value argparse would take."""
    if flag == "--progress":
        return value in _PROGRESS
    if flag not in _CHECKED:
        return False
    return value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= 10_000


if __name__ == "__main__":
    sys.exit(main())
