"""`check --strict`: each rule finds its case, leaves the next one alone, and can be allowed."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from assetgen import project
from assetgen.cli import main
from assetgen.cli.console import Console
from assetgen.linting import RULES, lint
from assetgen.linting.allowing import idle_comments
from assetgen.providers.models import built_in_table
from assetgen.schema import schema_text

ROOT = Path(__file__).parent.parent
HEAD = "version: 1\nprovider: placeholder\n"
CAT = "  cat: {prompt: A cat, outputs: [cat.png]}\n"
LONG = "word " * 6000

CASES = {
    "unused-var": (
        (
            "vars: {used: red, idle: blue}\nassets:\n  cat:\n    vars: {own: 1}\n"
            "    prompt: A ${used} cat\n    outputs: [cat.png]\n"
        ),
        ["3:19", "6:12"],
    ),
    "unused-preset": (
        (
            "presets:\n  idle: [idle.png]\n  inner: [in.png]\n  outer: [{preset: inner}]\n"
            "  big-x: ['${asset}.png']\nassets:\n  cat:\n    vars: {size: big}\n"
            "    prompt: A cat\n"
            "    outputs: [{preset: outer}, {preset: '${size}-x'}]\n"
        ),
        ["4:3"],
    ),
    "unused-target": (
        (
            "targets: {game: {dir: game}, idle: {dir: idle}}\nassets:\n"
            "  cat: {prompt: A cat, outputs: [{path: cat.png, target: game}]}\n"
        ),
        ["3:30"],
    ),
    "unused-asset": (
        (
            "assets:\n  idle: {prompt: A dog}\n  part: {prompt: A cat}\n"
            "  cat: {inputs: [part], prompt: A hat, outputs: [cat.png]}\n"
            "  many-${n}:\n    matrix: {n: [1, 2]}\n    prompt: Number ${n}\n"
        ),
        ["4:3", "7:3"],
    ),
    "prompt-near-limit": (
        (
            f"assets:\n  cat:\n    model: gpt-image-2.6-flare\n    prompt: {LONG.strip()}\n"
            "    outputs: [cat.png]\n"
        ),
        ["6:13"],
    ),
    "auto-with-budget": (
        (
            "budget: {build_usd: 1}\n"
            "defaults: {model: gpt-image-2.6-flare, quality: auto, size: 1024x1024}\n"
            f"assets:\n{CAT}  dog: {{prompt: A dog, quality: low, outputs: [dog.png]}}\n"
        ),
        ["4:49"],
    ),
    "lossy-master": (
        (
            "assets:\n  once: {prompt: A dog, output_format: jpeg, outputs: [dog.jpg]}\n"
            "  twice:\n    prompt: A cat\n    output_format: jpeg\n    outputs: [a.jpg, b.jpg]\n"
            "  whole:\n    prompt: A cow\n    output_format: webp\n    outputs: [c.jpg, d.jpg]\n"
        ),
        ["7:20"],
    ),
    "missing-alt": (
        (
            "targets: {web: {dir: web, engine: web}, game: {dir: game}}\nassets:\n"
            "  cat: {prompt: A cat, outputs: [{path: cat.png, target: web}]}\n"
            "  dog: {prompt: A dog, outputs: [{path: dog.png, target: game}]}\n"
            '  line: {alt: "", prompt: A line, outputs: [{path: line.png, target: web}]}\n'
            "  icon: {prompt: An i, outputs: [{preset: favicon, target: web}]}\n"
        ),
        ["5:3"],
    ),
    "model-ends-soon": (
        (
            "assets:\n  cat: {model: gpt-image-1.5, prompt: A cat, outputs: [cat.png]}\n"
            "  dog: {prompt: A dog, outputs: [dog.png]}\n"
        ),
        ["4:16"],
    ),
    "doubled-input": (
        (
            "assets:\n  hat: {prompt: A hat, outputs: [hat.png]}\n"
            "  cat:\n    inputs: [hat, hat]\n    prompt: A cat\n    outputs: [cat.png]\n"
        ),
        ["6:5"],
    ),
}


@pytest.fixture
def linted(tmp_path):
    """Return a function that lints a spec: codes and places."""

    def lint_it(
        text: str, *, allow: tuple[str, ...] = (), today: dt.date | None = None
    ):
        (tmp_path / "assets.yaml").write_text(HEAD + text)
        loaded = project.load(project.Options(root=tmp_path))
        table = built_in_table()
        found = lint(loaded, lambda _: table, today or dt.date(2026, 1, 1), allow)
        return [
            (each.code, f"{each.excerpt.span.line}:{each.excerpt.span.column}")
            for each in found
        ]

    return lint_it


def _soon() -> dt.date:
    end = built_in_table().get("gpt-image-1.5").shutdown
    return end - dt.timedelta(days=60)


def test_every_rule_has_a_case():
    """A rule that is new is tested, or this fails."""
    assert [rule.name for rule in RULES] == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_finds_its_case_and_nothing_beside_it(linted, name):
    """Each spec has the case and, next to it, what looks like it and is fine."""
    text, places = CASES[name]
    found = linted(text, today=_soon() if name == "model-ends-soon" else None)
    assert found == [(f"lint:{name}", place) for place in places]


@pytest.mark.parametrize("name", CASES)
def test_a_rule_can_be_left_out(linted, name):
    """`--allow RULE` silences it everywhere."""
    text, _ = CASES[name]
    today = _soon() if name == "model-ends-soon" else None
    assert linted(text, allow=(name,), today=today) == []


def test_a_model_that_ends_later_is_fine(linted):
    """Sixty days are soon, sixty-one are not."""
    text, _ = CASES["model-ends-soon"]
    assert linted(text, today=_soon() - dt.timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "assets:\n  a: {prompt: A} # assetgen: allow unused-asset\n  b: {prompt: B}\n",
            1,
        ),
        ("assets:\n  # assetgen: allow unused-asset -- later\n  a: {prompt: A}\n", 0),
        (
            "assets:\n  # assetgen: allow unused-asset\n  # words\n\n  a: {prompt: A}\n",
            0,
        ),
        ("# assetgen: allow missing-alt, unused-asset\nassets:\n  a: {prompt: A}\n", 0),
        ("assets:\n  # assetgen: allow unused-var\n  a: {prompt: A}\n", 1),
        ("assets:\n  # allow unused-asset\n  a: {prompt: A}\n", 1),
        (
            (
                "assets:\n  # assetgen: allow lossy-master\n  a:\n    prompt: A\n"
                "    output_format: jpeg\n    outputs: [a.png, b.png]\n"
            ),
            0,
        ),
    ],
)
def test_a_comment_allows_for_its_line_its_entry_or_its_section(linted, text, left):
    """It says so in the spec, where it is reviewed; reasons may follow two dashes."""
    assert len(linted(text)) == left


@pytest.mark.parametrize(
    ("comment", "word", "hint"),
    [
        ("allow unsed-asset", "unsed-asset", "did you mean `unused-asset`?"),
        ("allow unused_asset", "unused_asset", "did you mean `unused-asset`?"),
        ("allow unused-asset, nonsense", "nonsense", "behind ` -- `"),
        ("allow unused-asset for later", "for", "behind ` -- `"),
        ("allow: unused-asset", "allow", "for example"),
        ("allow", "allow", "for example"),
        ("alow unused-asset", "alow", "write `allow`"),
        ("ignore unused-asset", "ignore", "write `allow`"),
    ],
)
def test_a_comment_that_allows_nothing_is_told(linted, comment, word, hint):
    """With its place: whoever wrote it believes the rule is silent."""
    text = f"assets:\n  a: {{prompt: A}} # assetgen: {comment}\n"
    assert "lint:unknown-rule" in [code for code, _ in linted(text)]
    found = list(idle_comments(text.encode(), "f", [rule.name for rule in RULES]))
    shown = found[0].excerpt
    start = shown.span.column - 1
    assert shown.source_line[start : start + shown.span.width] == word
    assert hint in found[0].hint
    assert found[0].severity == "warning"


def test_other_comments_mean_nothing(linted):
    """Only those that were meant to allow something are looked at."""
    text = "# assetgen: see the guide\n# is allow nosuch a rule?\nassets:\n" + CAT
    assert linted(text) == []
    spaced = (
        "assets:\n  a: {prompt: A} # assetgen:  allow  unused-asset,  missing-alt --x\n"
    )
    assert linted(spaced) == []


def _check(folder: Path, *words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder):
        code = main.run(("check", *words), Console({}, out, err))
    return code, out.getvalue(), err.getvalue()


def test_strict_warns_and_ends_with_three(tmp_path):
    """Without it nothing is said; the warning names its rule and the ways out."""
    text, _ = CASES["unused-target"]
    (tmp_path / "assets.yaml").write_text(HEAD + text)
    assert _check(tmp_path)[0] == 0
    code, out, _ = _check(tmp_path, "--strict")
    assert code == 3
    assert "assets.yaml:3:30: warning[lint:unused-target]: no output goes to" in out
    assert "`# assetgen: allow unused-target`" in out
    assert _check(tmp_path, "--strict", "--allow", "unused-target")[0] == 0
    code, _, err = _check(tmp_path, "--allow", "unused-target")
    assert (code, "--strict" in err) == (2, True)


def test_findings_are_in_the_json(tmp_path):
    """In the form that its schema describes."""
    text, _ = CASES["unused-target"]
    (tmp_path / "assets.yaml").write_text(HEAD + text)
    code, out, _ = _check(tmp_path, "--strict", "--format", "json")
    found = json.loads(out)
    jsonschema.validate(found, json.loads(schema_text("diagnostics")))
    assert (code, found["items"][0]["code"]) == (3, "lint:unused-target")


def test_how_to_allow_a_rule_is_said_once(tmp_path):
    """With the first of its findings; the others keep what mends them."""
    text = "".join(f"  a{at}: {{prompt: Unused {at}}}\n" for at in range(3))
    (tmp_path / "assets.yaml").write_text(HEAD + "assets:\n" + text)
    code, out, err = _check(tmp_path, "--strict")
    assert code == 3
    assert (out + err).count("warning[lint:unused-asset]") == 3
    assert (out + err).count("give it `outputs`, or remove it") == 3
    assert (out + err).count("`# assetgen: allow unused-asset` above the line") == 1


@pytest.mark.parametrize("state", ["as the last build left it", "with one entry new"])
def test_a_build_before_makes_no_difference(tmp_path, state):
    """What is taken over from the last build is linted all the same."""
    text, _ = CASES["unused-preset"]
    spec = tmp_path / "assets.yaml"
    spec.write_text(HEAD + text)
    before = _check(tmp_path, "--strict")
    with contextlib.chdir(tmp_path):
        assert main.run(("build", "-q"), Console({}, io.StringIO(), io.StringIO())) == 0
    if state == "with one entry new":
        spec.write_text(HEAD + text + "  dog: {prompt: A dog, outputs: [dog.png]}\n")
    assert _check(tmp_path, "--strict") == before


@pytest.mark.parametrize("folder", ["examples/game", "examples/website"])
def test_the_examples_are_clean(folder):
    """Whoever copies an example starts without a warning."""
    code, out, _ = _check(ROOT / folder, "--strict")
    assert code == 0, out


def test_the_reference_lists_the_rules():
    """The page is written from the table."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "write_lint.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
