"""What builds, plans and checks leave behind for CI: files, summaries, outputs."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from ciruns import KEY, read_outputs, run, workflow
from fakeapi import FakeApi
from hypothesis import given
from hypothesis import strategies as st
from outside import node_module, program

from assetgen.cli.console import Console
from assetgen.cli.folds import Folds
from assetgen.errors import Diagnostic, Excerpt
from assetgen.report.junit import Case, as_junit
from assetgen.report.sarif import MOST_RESULTS, as_sarif
from assetgen.spans import Span

HEAD = """\
version: 1
provider: openai
defaults: {model: gpt-image-2.6-flare, size: 1024x1024, quality: low}
assets:
"""
GOOD = HEAD + "  hero: {prompt: A lighthouse, outputs: [hero.png]}\n"
MIXED = (
    GOOD
    + "  villain: {prompt: VERBOTEN thing, outputs: [villain.png]}\n"
    + "  hat: {inputs: [villain], prompt: A hat, outputs: [hat.png]}\n"
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def fake():
    """Return a server that moderation stands behind."""
    with FakeApi() as found:
        found.when("VERBOTEN", "moderation")
        yield found


def write(text: str) -> None:
    """Write the spec."""
    Path("assets.yaml").write_text(text)


def keyed(fake: FakeApi) -> dict[str, str]:
    """Return the variables that lead to the server."""
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": fake.base_url}


def cases(path: str) -> dict[str, ET.Element]:
    """Return the cases of a JUnit file, and see that its totals are right."""
    root = ET.parse(path).getroot()
    assert root.tag == "testsuites"
    (suite,) = root
    found = suite.findall("testcase")
    for element in (root, suite):
        assert int(element.get("tests")) == len(found)
        for name in ("failure", "error", "skipped"):
            total = element.get(name if name == "skipped" else f"{name}s")
            assert int(total) == len(suite.findall(f"testcase/{name}"))
    for case in found:
        assert case.get("classname") == "assets.yaml"
        float(case.get("time"))
    return {case.get("name"): case for case in found}


def outputs() -> dict[str, str]:
    """Return what the step's outputs are now."""
    return read_outputs(Path("step-output").read_text())


def test_junit_has_a_case_for_each_asset(fake):
    """Failed with its reason and place, skipped where another failed, paid with its price."""
    write(MIXED)
    done = run("build", "--junit", "out/junit.xml", **keyed(fake))
    assert done.code == 1, done.err
    found = cases("out/junit.xml")
    assert list(found) == ["hero", "villain", "hat"]
    assert [found[name].get("line") for name in found] == ["5", "6", "7"]
    assert {case.get("file") for case in found.values()} == {"assets.yaml"}
    (failure,) = found["villain"].findall("failure")
    assert failure.get("type") == "provider-refused"
    assert "moderation" in failure.get("message")
    assert failure.text.startswith("assets.yaml:6")
    assert found["hat"].find("skipped").get("message") == "blocked by villain"
    facts = {p.get("name"): p.get("value") for p in found["hero"].iter("property")}
    assert facts["action"] == "draw"
    assert float(facts["cost_usd"]) > 0
    # What is up to date is a case, too.
    assert run("build", "hero", "--junit", "junit.xml", **keyed(fake)).code == 0
    (hero,) = cases("junit.xml").values()
    assert [p.get("value") for p in hero.iter("property")] == ["up-to-date"]


def test_files_are_written_where_nothing_could_be_built(folder):
    """A wrong spec, no key, too little money: the file says so, with the place."""
    write(HEAD + "  hero: {prompt: A lighthouse, colour: red, outputs: [hero.png]}\n")
    done = run("build", "--junit", "j.xml", "--sarif", "s.json")
    assert done.code == 3
    (case,) = cases("j.xml").values()
    assert case.get("name") == "assets.yaml:5 unknown-key"
    assert "colour" in case.find("error").get("message")
    (result,) = json.loads(Path("s.json").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "unknown-key"
    write(GOOD)
    done = run("build", "--junit", "j.xml", "--sarif", "s.json")
    assert done.code == 9
    found = cases("j.xml")
    assert list(found) == ["credentials", "hero"]
    assert found["hero"].find("skipped").get("message") == "not started"
    (run_,) = json.loads(Path("s.json").read_text())["runs"]
    assert run_["invocations"] == [{"executionSuccessful": False, "exitCode": 9}]
    assert not list(folder.glob(".*tmp*"))


def test_a_file_that_cannot_be_written_ends_with_74_unless_more_is_wrong(folder):
    """What is wrong with the spec comes first."""
    (folder / "file").write_text("")
    write(GOOD)
    done = run("build", "--provider", "placeholder", "--junit", "file/j.xml")
    assert done.code == 74
    write("version: 2\n")
    done = run("check", "--sarif", "file/s.json")
    assert done.code == 74
    done = run("build", "--sarif", "file/s.json")
    assert (done.code, "cannot" in done.err) == (3, True)


NASTY = st.text(
    st.sampled_from("\x00\x08\x1b\ufffe\ud800<>&\"']]>\n\r\t") | st.characters(),
    max_size=20,
)


@given(NASTY, NASTY, NASTY)
def test_no_text_makes_a_junit_file_that_is_no_xml(name, message, detail):
    """Characters that XML forbids are replaced, the others quoted."""
    case = Case(name=name, outcome="failure", message=message, detail=detail, file=name)
    text = as_junit([case], suite=name).encode("utf-8", "replace")
    (found,) = ET.fromstring(text).iter("testcase")
    assert found.find("failure") is not None


def test_sarif_says_where_from_the_repository(folder):
    """Rule, level, place and region as code scanning wants them; paths as references."""
    project = folder / "game art"
    project.mkdir()
    (project / "assets.yaml").write_text(
        "version: 1\nprovider: placeholder\nassets:\n  a: {prompt: x, colour: red}\n"
    )
    environ = workflow(folder)
    done = run(
        "check", "--file", "game art/assets.yaml", "--sarif", "s.json", **environ
    )
    assert done.code == 3
    log = json.loads(Path("s.json").read_text())
    assert log["version"] == "2.1.0"
    (found,) = log["runs"]
    assert found["columnKind"] == "unicodeCodePoints"
    rules = [each["id"] for each in found["tool"]["driver"]["rules"]]
    for result in found["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        (place,) = result["locations"]
        physical = place["physicalLocation"]
        assert physical["artifactLocation"] == {
            "uri": "game%20art/assets.yaml",
            "uriBaseId": "%SRCROOT%",
        }
        region = physical["region"]
        assert region["startLine"] == 4
        assert 1 <= region["startColumn"] < region["endColumn"]
    (annotation, *_) = done.commands
    assert annotation.properties["file"] == "game art/assets.yaml"


def test_sarif_has_the_form_that_the_standard_says(tmp_path):
    """As its types describe it: what must be there is, and nothing that it has not."""
    types = node_module("@types/sarif")
    place = Excerpt(Span("art/a b.yaml", 3, 2, 4), "x")
    related = (Excerpt(Span("b.yaml", 2, 1, 4), "x: 1", "first here"),)
    found = [
        Diagnostic("e:f", "error", place, hint="mend it", related=related),
        Diagnostic("w", "warning", severity="warning"),
        Diagnostic("n", "note", severity="note"),
    ]
    good = as_sarif(found, spec="assets.yaml", folder="game", code=3)
    texts = {
        "good": good,
        "empty": as_sarif([], spec="assets.yaml"),
        "lacking": good.replace('"ruleId"', '"rule"', 1),
        "other": good.replace('"level": "error"', '"level": "fatal"'),
    }
    for name, text in texts.items():
        source = (
            f'import type {{ Log }} from "sarif";\nexport const log: Log = {text};\n'
        )
        (tmp_path / f"{name}.ts").write_text(source)
    done = subprocess.run(
        [
            *(program("tsc"), "--noEmit", "--strict", "--skipLibCheck"),
            *("--types", "sarif", "--typeRoots", str(types.parent)),
            *(f"{name}.ts" for name in texts),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    said = {
        each[: each.index(".ts(")] for each in done.stdout.splitlines() if "): " in each
    }
    assert said == {"lacking", "other"}, done.stdout + done.stderr


def test_sarif_keeps_errors_where_there_is_too_much():
    """A service takes so many results and no more; a finding without a place has one."""
    notes = [Diagnostic("n", "note", severity="note")] * (MOST_RESULTS + 5)
    related = (Excerpt(Span("b:c.yaml", 2, 1, 4), "x: 1", "first here"),)
    place = Excerpt(Span("a.yaml", 3, 2, 0), "x")
    error = Diagnostic("e", "\x1b[2Jerror", place, related=related)
    (found,) = json.loads(as_sarif([*notes, error], spec="assets.yaml"))["runs"]
    assert len(found["results"]) == MOST_RESULTS
    first, second = found["results"][:2]
    assert first["message"]["text"] == "\\x1b[2Jerror"
    (other,) = first["relatedLocations"]
    assert other["physicalLocation"]["artifactLocation"]["uri"] == "b%3Ac.yaml"
    (where,) = second["locations"]
    assert where["physicalLocation"]["artifactLocation"]["uri"] == "assets.yaml"


def test_a_build_tells_the_workflow_its_figures(folder, fake):
    """Summary with what failed first, and outputs as numbers; also of a no-op build."""
    write(MIXED)
    environ = workflow(folder) | keyed(fake)
    done = run("build", **environ)
    assert done.code == 1
    found = outputs()
    assert found.pop("cost_usd").startswith("0.0")
    assert found == {
        "exit_code": "1",
        "built": "1",
        "changed": "1",
        "drawn": "1",
        "failed": "1",
        "blocked": "1",
    }
    text = Path("step-summary").read_text()
    assert text.startswith(
        "### `assetgen build` of `assets.yaml`: ended with 1, some assets failed\n"
    )
    assert text.index("| error | `assets.yaml:6:") < text.index("| `hero` | draw |")
    Path("step-summary").unlink()
    assert run("build", "hero", **environ).code == 0
    assert outputs()["drawn"] == "0"
    assert "**1 up to date**" in Path("step-summary").read_text()


def test_the_gate_of_the_lock_points_at_every_asset_that_it_stops(folder, fake):
    """`--locked`: one annotation an asset, at its line, and the same in the files."""
    write(MIXED)
    environ = workflow(folder) | keyed(fake)
    files = ("--junit", "j.xml", "--sarif", "s.json")
    done = run("build", "--locked", *files, **environ)
    assert done.code == 4
    places = [(each.properties["line"], each.data) for each in done.commands]
    assert [line for line, _ in places] == ["5", "6", "7"]
    assert places[0][1] == "spec and lock disagree about `hero`: not in the lock"
    (found,) = json.loads(Path("s.json").read_text())["runs"]
    assert len(found["results"]) == 3
    assert "assets.yaml:5 changes-pending" in cases("j.xml")
    assert done.err.count("hero") == 2  # in the message and in its annotation


def test_plan_and_check_tell_the_workflow_theirs(folder):
    """What would be drawn and for how much; how many errors and warnings there are."""
    write(GOOD)
    environ = workflow(folder)
    assert run("plan", "--exit-code", **environ).code == 4
    found = outputs()
    assert (found["exit_code"], found["to_draw"], found["changed"]) == ("4", "1", "1")
    assert float(found["estimate_usd"]) > 0
    assert "| draw | `hero` |" in Path("step-summary").read_text()
    write(GOOD.replace("lighthouse", "lighthouse, colour: red"))
    assert run("check", **environ).code == 3
    assert (outputs()["errors"], outputs()["exit_code"]) == ("1", "3")
    assert "has no key" in Path("step-summary").read_text()
    assert run("build", "--nonsense", **environ).code == 2


def test_the_shortest_way_is_not_taken_where_a_workflow_reads_figures(folder):
    """The real command, twice: the second run has nothing to do and says so."""
    import os
    import subprocess
    import sys

    write("version: 1\nprovider: placeholder\nassets:\n  a: {prompt: x, size: 8x8}\n")
    environ = {"PATH": os.environ["PATH"], **workflow(folder)}
    root = str(Path(__file__).parents[1])
    for built in ("1", "0"):
        Path("step-output").unlink(missing_ok=True)
        subprocess.run(
            [sys.executable, "-m", "assetgen", "build"],
            env=environ | {"PYTHONPATH": root},
            check=True,
            capture_output=True,
        )
        assert outputs()["built"] == built


def many(count: int) -> str:
    """Return a spec of `count` small assets."""
    rows = (f"  a{n}: {{prompt: x {n}, size: 8x8}}\n" for n in range(count))
    return "version: 1\nprovider: placeholder\nassets:\n" + "".join(rows)


def test_long_progress_is_folded_and_the_end_is_not(folder):
    """In a workflow a group, in GitLab a section, elsewhere nothing; never other controls."""
    write(many(25))
    done = run("build", **workflow(folder))
    names = [each.name for each in done.commands]
    assert names == ["group", "endgroup"]
    assert done.err.index("a7: ") < done.err.index("::endgroup::")
    assert done.err.index("::endgroup::") < done.err.index("Done: ")
    assert "\x1b" not in done.log
    write(many(26))
    assert run("build", **workflow(folder)).commands == []
    write(many(60))
    done = run("build", CI="true", GITLAB_CI="true")
    lines = done.err.splitlines()
    assert sum("section_start:" in line for line in lines) == 1
    assert sum("section_end:" in line for line in lines) == 1


def test_a_fold_is_closed_once_and_quiet_logs_have_none():
    """The markers of GitLab hold the time, so that its page shows how long it took."""
    import io

    talk = Console({"GITLAB_CI": "true"}, io.StringIO(), io.StringIO())
    folds = Folds(talk, lambda: 1234.5)
    folds.open("progress")
    folds.close()
    folds.close()
    assert talk.err.getvalue() == (
        "\x1b[0Ksection_start:1234:assetgen[collapsed=true]\r\x1b[0Kprogress\n"
        "\x1b[0Ksection_end:1234:assetgen\r\x1b[0K\n"
    )
    talk = Console({"GITHUB_ACTIONS": "true"}, io.StringIO(), io.StringIO(), quiet=True)
    Folds(talk).open("progress")
    assert talk.err.getvalue() == ""
