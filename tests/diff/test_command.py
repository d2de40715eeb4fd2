"""`assetgen diff` as a command: its forms, its words, its place in a workflow."""

from __future__ import annotations

import json
import os
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from differing import commit_all, diff_of, kinds_of

from assetgen.schema import schema_text


def test_the_json_form_is_as_its_schema_says(shop):
    """For every kind of change."""
    import jsonschema

    shop.run("reroll", "shoe")
    shop.spec(hat="A green hat", shoe="A blue shoe", cap="A cap")
    schema = json.loads(schema_text("diff"))
    told = diff_of(shop)
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(told)) == []
    assert {each["kind"] for each in told["changes"]} == {"added", "changed", "redrawn"}


@pytest.mark.parametrize(
    "words",
    [
        ("--image-base", "https://x.example.org"),
        ("--format", "github", "--image-base", "javascript:alert(1)"),
        ("--format", "github", "--image-base", "https://x.example.org/{path}"),
        ("--format", "github", "--image-base", "https://x.example.org/{commit}/{name}"),
        ("--format", "github", "--image-base", "https://x.example.org/{branch}"),
        ("--format", "github", "--image-base", "https://x.example.org/) ![x](y"),
        ("one", "two"),
    ],
)
def test_words_that_do_not_fit_are_wrong_usage(shop, words):
    """With what to write instead."""
    assert shop.run("diff", *words).code == 2


def test_a_workflow_gets_summary_and_figures(shop, tmp_path):
    """The comment goes to stdout, the whole to the summary, figures to the outputs."""
    shop.spec(hat="A green hat", shoe="A blue shoe")
    summary, outputs = tmp_path / "summary.md", tmp_path / "outputs"
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(outputs),
    }
    said = shop.run("diff", "--format", "github", **environ)
    assert said.out.startswith("<!-- assetgen:report -->\n**1 changed**, ")
    assert "### Assets" in summary.read_text()
    lines = outputs.read_text().splitlines()
    found = {a.partition("<<")[0]: b for a, b in pairwise(lines)}
    assert (found["changed"], found["not_locked"]) == ("1", "1")
    assert (found["spent_usd"], found["to_spend_usd"]) == ("0.0000", "0.0100")
    said = shop.run("diff", "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert summary.read_text().count("### Assets") == 1


def test_a_comment_links_to_the_run_that_has_the_pictures(shop):
    """Or to what the caller names; a variable that is no page of a run makes no link."""
    shop.spec(hat="A green hat", shoe="A blue shoe")
    run = {
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "owner/game",
        "GITHUB_RUN_ID": "77",
    }
    words = ("diff", "--format", "github")
    link = "[the report that is attached to this run]"
    said = shop.run(*words, **run).out
    assert f"{link}(https://github.example/owner/game/actions/runs/77)." in said
    said = shop.run(*words, "--report-url", "https://example.org/x", **run).out
    assert f"{link}(https://example.org/x)." in said
    run["GITHUB_REPOSITORY"] = "owner/game) ![x](https://evil.example"
    said = shop.run(*words, **run).out
    assert "evil" not in said
    assert "pictures are in the report that is attached to this run." in said
    assert shop.run("diff", "--report-url", "https://example.org").code == 2


def test_a_commit_is_named_once(shop):
    """A pipeline gives digits; a branch is named beside the commit that was taken."""
    digits = shop.git("rev-parse", "main").strip()
    said = shop.run("diff", digits, "--format", "markdown").out
    assert f"compared with `{digits[:10]}`." in said
    said = shop.run("diff", "main", "--format", "markdown").out
    assert f"compared with `main` ({digits[:10]})." in said
    said = shop.run("diff", "--format", "markdown").out
    assert f"compared with `main`, where this branch left it ({digits[:10]})." in said


def test_it_can_be_written_to_a_file(shop, tmp_path):
    """Whole or not at all; stdout stays empty."""
    place = tmp_path / "comment.md"
    said = shop.run("diff", "--format", "github", "-o", str(place))
    assert (said.code, said.out) == (0, "")
    assert place.read_text().startswith("<!-- assetgen:report -->")


def test_git_is_found_by_the_spec_and_not_by_a_hook(shop, tmp_path):
    """A hook's environment speaks of another repository."""
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    before = dict(os.environ)
    os.environ["GIT_DIR"] = str(other / ".git")
    try:
        assert kinds_of(shop, "main") == {}
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_names_of_paths_come_as_they_are(shop):
    """A folder with letters that git would quote."""
    folder = shop.root / "wörter"
    folder.mkdir()
    Path(folder / "bäum.md").write_text("A tall tree")
    spec = shop.root / "assets.yaml"
    entry = "  tree: {prompt: {file: wörter/bäum.md}, size: 8x8}\n"
    spec.write_text(spec.read_text() + entry)
    commit_all(shop)
    assert kinds_of(shop, "HEAD") == {}
    (folder / "bäum.md").write_text("A small tree")
    assert kinds_of(shop, "HEAD") == {"tree": "changed"}
