"""Completion scripts for shells, made from the table of commands; pure.

Asset names are asked of `assetgen graph --names` when the key is pressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from assetgen.cli.arguments import COMMANDS, actions_of
from assetgen.schema import schema_names

if TYPE_CHECKING:
    from argparse import Action

    from assetgen.cli.arguments import Command

_PATHS = frozenset({"PATH", "FILE", "DIR", "FOLDER"})
"""What words that name files are called in help texts."""


class Flag(NamedTuple):
    """A flag of a command.

    Attributes:
        names: Its spellings, for example ``-t`` and ``--tag``.
        values: What it may be given, where that is a fixed set.
        takes_value: Whether a word follows it.
        takes_path: Whether that word names a file or a folder.
        repeats: Whether it may be given several times.
    """

    names: tuple[str, ...]
    values: tuple[str, ...]
    takes_value: bool
    takes_path: bool
    repeats: bool
    summary: str


def flags_of(command: Command) -> list[Flag]:
    """Return the flags of a command."""
    return [_flag(action) for action in actions_of(command) if action.option_strings]


def words_of(command: Command) -> tuple[str, ...]:
    """Return the fixed words that a command takes as its argument."""
    if command.name == "schema":
        return schema_names()
    for action in _arguments(command):
        if action.choices:
            return tuple(str(choice) for choice in action.choices)
    return ()


def takes_assets(command: Command) -> bool:
    """Return whether a command's arguments are names of assets."""
    return command.name != "schema" and any(
        action.dest in {"name", "names"} for action in _arguments(command)
    )


def takes_paths(command: Command) -> bool:
    """Return whether some of a command's arguments name files or folders."""
    return any(action.metavar in _PATHS for action in _arguments(command))


def _arguments(command: Command) -> list[Action]:
    return [each for each in actions_of(command) if not each.option_strings]


def script(shell: str) -> str:
    """Return the completion script for ``bash``, ``zsh`` or ``fish``."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _flag(action: Action) -> Flag:
    return Flag(
        names=tuple(action.option_strings),
        values=tuple(str(choice) for choice in action.choices or ()),
        takes_value=action.nargs != 0,
        takes_path=action.metavar in _PATHS,
        repeats=isinstance(action.default, list),
        summary=(action.help or "").split(";")[0].split(" (")[0],
    )


def _bash() -> str:
    cases = "\n".join(line for each in COMMANDS for line in _bash_cases(each))
    names = " ".join(command.name for command in COMMANDS)
    # Works in the bash of every system: `mapfile` and `compopt` are not in all of them.
    return f"""\
# bash completion for assetgen: eval "$(assetgen completion bash)"
_assetgen() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
    local words='' assets='' files='' IFS=$' \\t\\n'
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='{names} --help --version'
    else
        case "${{COMP_WORDS[1]}}:$previous" in
{cases}
        esac
    fi
    if [ -n "$assets" ] && [ "${{current:0:1}}" != - ]; then
        words="$words $(assetgen graph --names -q 2>/dev/null)"
    fi
    words=$(compgen -W "$words" -- "$current")
    if [ -n "$files" ]; then
        compopt -o filenames 2>/dev/null
        words="$words
$(compgen -f -- "$current")"
    fi
    IFS=$'\\n'
    COMPREPLY=($words)
}}
complete -F _assetgen assetgen
"""


def _bash_cases(command: Command) -> list[str]:
    """Return what may follow a word of a command, by that word."""
    flags = flags_of(command)
    cases = [
        f"        {command.name}:{name}) words='{' '.join(flag.values)}' ;;"
        for flag in flags
        for name in flag.names
        if flag.values
    ]
    open_flags = [flag for flag in flags if flag.takes_value and not flag.values]
    for paths, what in ((True, "files=1"), (False, "return")):
        names = [
            f"{command.name}:{name}"
            for flag in open_flags
            if flag.takes_path == paths
            for name in flag.names
        ]
        cases += [f"        {'|'.join(names)}) {what} ;;"] if names else []
    words = [name for flag in flags for name in flag.names]
    words += words_of(command)
    more = f" assets={int(takes_assets(command)) or ''}"
    more += f" files={int(takes_paths(command)) or ''}"
    return [*cases, f"        {command.name}:*) words='{' '.join(words)}'{more} ;;"]


def _zsh() -> str:
    cases = []
    for command in COMMANDS:
        specs = [_zsh_spec(flag) for flag in flags_of(command)]
        words = words_of(command)
        if takes_assets(command):
            specs.append("'*:asset:_assetgen_assets'")
        elif words:
            specs.append(f"'1:value:({' '.join(words)})'")
        if takes_paths(command):
            specs.append("'*:path:_files'")
        joined = " \\\n                ".join(specs)
        cases.append(f"        {command.name})\n            _arguments -s {joined} ;;")
    names = "\n".join(
        f"        '{command.name}:{_single_quoted(command.summary)}'"
        for command in COMMANDS
    )
    body = "\n".join(cases)
    return f"""\
#compdef assetgen
# zsh completion for assetgen: source <(assetgen completion zsh)
_assetgen_assets() {{
    local -a names
    names=(${{(f)"$(assetgen graph --names -q 2>/dev/null)"}})
    compadd -a names
}}
_assetgen() {{
    local -a commands
    commands=(
{names}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
{body}
    esac
}}
compdef _assetgen assetgen
"""


def _zsh_spec(flag: Flag) -> str:
    star = "\\*" if flag.repeats else ""
    names = ",".join(star + name for name in flag.names)
    names = f"{{{names}}}" if len(flag.names) > 1 else names
    summary = _single_quoted(flag.summary).replace("[", "(").replace("]", ")")
    value = ""
    if flag.takes_value:
        inner = f"({' '.join(flag.values)})" if flag.values else " "
        value = f":value:{'_files' if flag.takes_path else inner}"
    return f"{names}'[{summary}]{value}'"


def _fish() -> str:
    lines = [
        "# fish completion for assetgen: assetgen completion fish | source",
        "complete -c assetgen -f",
    ]
    for command in COMMANDS:
        summary = _single_quoted(command.summary)
        lines.append(
            "complete -c assetgen -n __fish_use_subcommand "
            f"-a {command.name} -d '{summary}'"
        )
        here = f"-n '__fish_seen_subcommand_from {command.name}'"
        lines += [
            f"complete -c assetgen {here} {_fish_spec(flag)}"
            for flag in flags_of(command)
        ]
        if words_of(command):
            lines.append(
                f"complete -c assetgen {here} -a '{' '.join(words_of(command))}'"
            )
        if takes_paths(command):
            lines.append(f"complete -c assetgen {here} -F")
        if takes_assets(command):
            lines.append(
                f"complete -c assetgen {here} "
                "-a '(assetgen graph --names -q 2>/dev/null)'"
            )
    return "\n".join(lines) + "\n"


def _fish_spec(flag: Flag) -> str:
    parts = [
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
        for name in flag.names
    ]
    if flag.takes_value:
        parts.append("-r" if flag.takes_path else "-x")
        if flag.values:
            parts.append(f"-a '{' '.join(flag.values)}'")
        elif flag.takes_path:
            parts.append("-F")
    return " ".join([*parts, f"-d '{_single_quoted(flag.summary)}'"])


def _single_quoted(text: str) -> str:
    """Return `text` without what would end or split a quoted word in any of the shells."""
    return text.replace("'", "").replace("\\", "/").replace(":", " -")
