"""Completion scripts for shells, made from the table of commands; pure.

Asset names are asked of `assetgen graph --names` when the key is pressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from assetgen.cli.arguments import COMMANDS, actions_of

if TYPE_CHECKING:
    from argparse import Action

    from assetgen.cli.arguments import Command

_TAKES_ASSETS = frozenset({"build", "plan", "why", "show", "log", "pick", "reroll"})
_TAKES_FILES = frozenset({"--file", "--output", "-o", "--plan"})


class Flag(NamedTuple):
    """A flag of a command.

    Attributes:
        names: Its spellings, for example ``-t`` and ``--tag``.
        values: What it may be given, where that is a fixed set.
        takes_value: Whether a word follows it.
    """

    names: tuple[str, ...]
    values: tuple[str, ...]
    takes_value: bool
    summary: str


def flags_of(command: Command) -> list[Flag]:
    """Return the flags of a command."""
    return [_flag(action) for action in actions_of(command) if action.option_strings]


def words_of(command: Command) -> tuple[str, ...]:
    """Return the fixed words that a command takes as its argument."""
    for action in actions_of(command):
        if not action.option_strings and action.choices:
            return tuple(str(choice) for choice in action.choices)
    return ()


def script(shell: str) -> str:
    """Return the completion script for ``bash``, ``zsh`` or ``fish``."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _flag(action: Action) -> Flag:
    values = tuple(str(choice) for choice in action.choices or ())
    summary = (action.help or "").split(";")[0].split(" (")[0]
    return Flag(tuple(action.option_strings), values, action.nargs != 0, summary)


def _bash() -> str:
    cases = []
    for command in COMMANDS:
        flags = flags_of(command)
        words = [name for flag in flags for name in flag.names] + list(
            words_of(command)
        )
        valued = [
            f"        {command.name}:{name}) words='{' '.join(flag.values)}' ;;"
            for flag in flags
            for name in flag.names
            if flag.values
        ]
        free = [
            name
            for flag in flags
            for name in flag.names
            if flag.takes_value and not flag.values and name not in _TAKES_FILES
        ]
        cases += valued
        if free:
            patterns = "|".join(f"{command.name}:{name}" for name in free)
            cases.append(f"        {patterns}) return ;;")
        files = "|".join(f"*:{name}" for name in sorted(_TAKES_FILES))
        assets = "1" if command.name in _TAKES_ASSETS else ""
        cases.append(f"        {files}) files=1 ;;" if command is COMMANDS[0] else "")
        cases.append(
            f"        {command.name}:*) words='{' '.join(words)}' assets={assets} ;;"
        )
    body = "\n".join(case for case in cases if case)
    names = " ".join(command.name for command in COMMANDS)
    return f"""\
# bash completion for assetgen: eval "$(assetgen completion bash)"
_assetgen() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
    local words='' assets='' files=''
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='{names} --help --version'
    else
        case "${{COMP_WORDS[1]}}:$previous" in
{body}
        esac
    fi
    if [ -n "$files" ]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
    fi
    if [ -n "$assets" ] && [ "${{current:0:1}}" != - ]; then
        words="$words $(assetgen graph --names -q 2>/dev/null)"
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -F _assetgen assetgen
"""


def _zsh() -> str:
    cases = []
    for command in COMMANDS:
        specs = [_zsh_spec(flag) for flag in flags_of(command)]
        words = words_of(command)
        if command.name in _TAKES_ASSETS:
            specs.append("'*:asset:_assetgen_assets'")
        elif words:
            specs.append(f"'1:value:({' '.join(words)})'")
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
    names = "{" + ",".join(flag.names) + "}" if len(flag.names) > 1 else flag.names[0]
    summary = _single_quoted(flag.summary).replace("[", "(").replace("]", ")")
    value = ""
    if flag.takes_value:
        files = not _TAKES_FILES.isdisjoint(flag.names)
        inner = (
            "_files" if files else f"({' '.join(flag.values)})" if flag.values else " "
        )
        value = f":value:{inner}"
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
        if command.name in _TAKES_ASSETS:
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
        parts.append("-r")
        if flag.values:
            parts.append(f"-a '{' '.join(flag.values)}'")
        elif not _TAKES_FILES.isdisjoint(flag.names):
            parts.append("-F")
    return " ".join([*parts, f"-d '{_single_quoted(flag.summary)}'"])


def _single_quoted(text: str) -> str:
    """Return `text` without what would end or split a quoted word in any of the shells."""
    return text.replace("'", "").replace("\\", "/").replace(":", " -")
