"""Runs steps of the action, or of a workflow, as shell on this machine, as a runner would.

Steps that use other actions are only noted, with their inputs evaluated. Expressions are
understood as far as our own action uses them.

Source: GitHub Docs, "Metadata syntax for GitHub Actions", and "Expressions".
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from ciruns import read_outputs
from outside import program

ROOT = Path(__file__).parents[2]
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_NAME = re.compile(r"\b(inputs|steps|github)((?:\.[A-Za-z_][\w-]*)+)")

PYTHON = """#!{python}
import os, pathlib, sys
with open({log!r}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1:3] == ["-m", "venv"]:
    bin = pathlib.Path(sys.argv[3]) / "bin"
    bin.mkdir(parents=True)
    (bin / "python").write_text(pathlib.Path(__file__).read_text())
    (bin / "python").chmod(0o755)
    shim = bin / "assetgen"
    shim.write_text('#!/bin/sh\\nexec "{python}" -m assetgen "$@"\\n')
    shim.chmod(0o755)
"""

GH = """#!{python}
import json, pathlib, subprocess, sys
words, folder = sys.argv[1:], pathlib.Path({folder!r})
with open(folder / "gh.log", "a") as log:
    log.write(json.dumps(words) + "\\n")
comments = json.loads((folder / "comments.json").read_text())
if "--jq" in words and "repos/owner/game/pulls" in words:
    given = (folder / "pulls.json").read_text()
else:
    given = json.dumps(comments)
if "--jq" in words:
    done = subprocess.run(
        [{jq!r}, "-r", words[words.index("--jq") + 1]],
        input=given, capture_output=True, text=True, check=True,
    )
    sys.stdout.write(done.stdout)
elif "--method" in words:
    name, _, path = words[words.index("-F") + 1].partition("=@")
    body = pathlib.Path(path).read_text()
    (address,) = [each for each in words if each.startswith("repos/")]
    if words[words.index("--method") + 1] == "PATCH":
        number = int(address.rpartition("/")[2])
        (found,) = [each for each in comments if each["id"] == number]
        found[name] = body
    else:
        bot = {{"login": "github-actions[bot]"}}
        comments.append({{"id": 900 + len(comments), "user": bot, name: body}})
    (folder / "comments.json").write_text(json.dumps(comments))
"""


class Runner:
    """A machine with a checkout of a sample repository.

    Attributes:
        noted: Steps that use other actions and would have run: what they use, and with
            what.
        log: Everything that steps printed.
        outputs: Of the steps that have an id.
    """

    def __init__(self, folder: Path, workspace: Path, event: str, data: Any) -> None:
        self.folder, self.workspace = folder, workspace
        self.noted: list[tuple[str, dict[str, str]]] = []
        self.log = ""
        self.outputs: dict[str, dict[str, str]] = {}
        self.failed = False
        self.outcomes: dict[str, str] = {}
        self._path = [str(folder / "bin")]
        self._event, self._data = event, data
        self._tools()
        (folder / "event.json").write_text(json.dumps(data))
        (folder / "temp").mkdir()

    def _tools(self) -> None:
        tools = self.folder / "bin"
        tools.mkdir()
        texts = {
            "python": PYTHON.format(
                python=sys.executable, log=str(self.folder / "python.log")
            ),
            "gh": GH.format(
                python=sys.executable, folder=str(self.folder), jq=program("jq")
            ),
        }
        for name, text in texts.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        comments = self.folder / "comments.json"
        if not comments.exists():
            comments.write_text("[]")

    @property
    def comments(self) -> list[dict[str, Any]]:
        """The comments that the pull request has now."""
        found: list[dict[str, Any]] = json.loads(
            (self.folder / "comments.json").read_text()
        )
        return found

    def run(self, inputs: dict[str, str], **environ: str) -> dict[str, str]:
        """Run the action; return its outputs."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        known = {
            name: each.get("default", "") for name, each in action["inputs"].items()
        }
        assert set(inputs) <= set(known)
        self._inputs = {name: str(value) for name, value in (known | inputs).items()}
        for step in action["runs"]["steps"]:
            self._step(step, environ)
        return {
            name: self._filled(each["value"])
            for name, each in action["outputs"].items()
        }

    def run_steps(self, steps: list[dict[str, Any]], **environ: str) -> None:
        """Run a workflow's steps; the program is there without being installed."""
        shim = self.folder / "bin/assetgen"
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m assetgen "$@"\n')
        shim.chmod(0o755)
        for step in steps:
            self._step(step, environ)

    def _step(self, step: dict[str, Any], environ: dict[str, str]) -> None:
        condition = step.get("if", "success()")
        if not self._holds(condition):
            return
        if "uses" in step:
            given = {
                name: self._filled(str(text)) for name, text in step["with"].items()
            }
            self.noted.append((step["uses"], given))
            return
        assert step.get("shell", "bash") == "bash"
        assert "${{" not in step["run"]
        env = {name: self._filled(text) for name, text in step.get("env", {}).items()}
        code = self._shell(step["run"], step.get("id", ""), environ | env)
        if "id" in step:
            self.outcomes[step["id"]] = "success" if code == 0 else "failure"
        self.failed = self.failed or code != 0

    def _shell(self, text: str, name: str, env: dict[str, str]) -> int:
        files = {
            each: self.folder / each.lower()
            for each in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
        }
        for each in ("GITHUB_OUTPUT", "GITHUB_PATH"):
            files[each].write_text("")
        base = {
            "PATH": ":".join([*reversed(self._path), os.environ["PATH"]]),
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "owner/game",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_NAME": self._event,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_BASE_REF": "main" if self._event.startswith("pull") else "",
            **{each: str(path) for each, path in files.items()},
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
            cwd=self.workspace,
            env=base | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.log += done.stdout
        self._path += files["GITHUB_PATH"].read_text().split("\n")[:-1]
        if name:
            self.outputs[name] = read_outputs(files["GITHUB_OUTPUT"].read_text())
        return done.returncode

    # --- expressions -------------------------------------------------------------

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: str(self._value(found.group(1))), text)

    def _holds(self, condition: str) -> bool:
        passes = "always()" in condition or not self.failed
        return passes and bool(self._value(condition))

    def _value(self, expression: str) -> Any:
        text = expression.replace("&&", " and ").replace("||", " or ")
        text = re.sub(r"(\S+) > 0", r"number(\1) > 0", text)
        text = _NAME.sub(lambda found: repr(self._named(*found.groups())), text)
        return eval(  # our own action's text
            text,
            {"__builtins__": {}},
            {
                "always": lambda: True,
                "success": lambda: not self.failed,
                "contains": lambda whole, part: part in whole,
                "fromJSON": json.loads,
                "hashFiles": self._hash,
                "number": lambda value: float(value or 0),
            },
        )

    def _named(self, context: str, rest: str) -> str:
        first, *more = rest[1:].split(".")
        if context == "inputs":
            return self._inputs[first]
        if context == "steps":
            if more[0] == "outcome":
                return self.outcomes.get(first, "skipped")
            return self.outputs.get(first, {}).get(more[1], "")
        if first == "event":
            value: Any = self._data
            for name in more:
                value = value.get(name) if isinstance(value, dict) else None
            return "" if value is None else str(value)
        return {
            "action_path": str(ROOT),
            "run_id": "42",
            "token": "the-token",
            "event_name": self._event,
        }[first]

    def _hash(self, path: str) -> str:
        file = self.workspace / path
        if not file.is_file():
            return ""
        return hashlib.sha256(file.read_bytes()).hexdigest()
