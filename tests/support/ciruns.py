"""Runs of the command as a CI service makes them, and a reader of logs like a runner."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

from assetgen.cli.console import Console
from assetgen.cli.main import run as run_command

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-right"

OURS = frozenset({"error", "warning", "notice", "group", "endgroup"})
"""The workflow commands that the program gives."""

_KNOWN = OURS | {
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "internal-set-repo-path",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
}


class Command:
    """A workflow command as a runner understands it.

    Attributes:
        old: Whether it has the form of the first runners, ``##[name]``.
    """

    def __init__(
        self, name: str, properties: dict[str, str], data: str, *, old: bool
    ) -> None:
        self.name, self.properties, self.data, self.old = name, properties, data, old

    def __repr__(self) -> str:
        """Return what a failing test shows."""
        return f"{self.name} {self.properties} {self.data!r}{' (old)' * self.old}"


def commands_in(log: str) -> list[Command]:
    """Return the commands that GitHub's runner finds in what a step prints.

    Lines end at CR, LF or both. A command of today begins, after white space, with two
    colons, has a known name, and ends with two more; one of the old form may stand
    anywhere in a line.

    Source: actions/runner, src/Runner.Common/ActionCommand.cs (TryParseV2, TryParse).
    """
    found = (_command(line) for line in re.split(r"\r\n|\r|\n", log))
    return [each for each in found if each is not None]


def _command(line: str) -> Command | None:
    stripped = line.lstrip()
    if stripped.startswith("::") and "::" in stripped[2:]:
        head, _, data = stripped[2:].partition("::")
        name, _, rest = head.partition(" ")
        if name.lower() in _KNOWN:
            pairs = (each.strip().split("=", 1) for each in rest.split(",") if each)
            properties = {
                pair[0]: _decoded(pair[1], (":", ","))
                for pair in pairs
                if len(pair) == 2
            }
            return Command(name, properties, _decoded(data), old=False)
    start = line.find("##[")
    end = line.find("]", start)
    if start >= 0 and end >= 0:
        name = line[start + 3 : end].partition(" ")[0]
        return Command(name, {}, line[end + 1 :], old=True)
    return None


def _decoded(text: str, more: tuple[str, ...] = ()) -> str:
    for character in ("\r", "\n", *more):
        text = text.replace(f"%{ord(character):02X}", character)
    return text.replace("%25", "%")


class Run:
    """What a command did: its code, its streams, and both in the order of a log."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def log(self) -> str:
        return f"{self.out}\n{self.err}"

    @property
    def commands(self) -> list[Command]:
        return commands_in(self.log)


def run(*words: str, **environ: str) -> Run:
    """Run the command in this process with nothing but these variables."""
    talk = Console(environ, io.StringIO(), io.StringIO())
    code = run_command(list(words), talk)
    assert isinstance(talk.out, io.StringIO)
    assert isinstance(talk.err, io.StringIO)
    return Run(code, talk.out.getvalue(), talk.err.getvalue())


def workflow(folder: Path, **more: str) -> dict[str, str]:
    """Return the variables of a step, whose files lie in `folder`."""
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_WORKSPACE": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "step-summary"),
        "GITHUB_OUTPUT": str(folder / "step-output"),
    } | more


def event(folder: Path, name: str, data: Any) -> dict[str, str]:
    """Write an event's file and return the variables that name it."""
    path = folder / "event.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path)}


def pull_request(head: str | None, base: str = "owner/game") -> dict[str, Any]:
    """Return what matters of a pull request's event."""
    repo = None if head is None else {"full_name": head, "fork": head != base}
    return {
        "pull_request": {
            "number": 7,
            "head": {"repo": repo},
            "base": {"repo": {"full_name": base}},
        },
        "repository": {"full_name": base},
    }


def read_outputs(text: str) -> dict[str, str]:
    """Return a step's outputs as GitHub's runner reads its file.

    Source: GitHub Docs, "Workflow commands for GitHub Actions", multiline strings: the
    line `NAME<<DELIMITER`, the value's lines, and the delimiter alone on a line.
    """
    found: dict[str, str] = {}
    lines = iter(text.splitlines())  # the runner's own reader ends lines at `\r`, too
    for line in lines:
        name, heredoc, delimiter = line.partition("<<")
        if not heredoc or "=" in name:
            name, _, value = line.partition("=")
            found[name] = value
            continue
        value_lines = []
        for each in lines:
            if each == delimiter:
                break
            value_lines.append(each)
        else:
            raise AssertionError(f"no end of {name}")
        found[name] = "\n".join(value_lines)
    return found
