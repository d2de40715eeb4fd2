"""The files through which a step speaks to GitHub Actions: job summary and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ciruns import read_outputs
from hypothesis import given
from hypothesis import strategies as st

from assetgen.cli import actions_files
from assetgen.cli.actions_files import append_summary, set_outputs

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_written_outside_of_a_workflow(tmp_path: Path) -> None:
    """Without the two variables nobody wants a file."""
    assert append_summary({}, "# Done\n") is None
    assert set_outputs({}, {"drawn": 1}) is None
    assert append_summary({"GITHUB_STEP_SUMMARY": ""}, "# Done\n") is None
    assert list(tmp_path.iterdir()) == []


def test_a_summary_is_appended_to_what_is_there(tmp_path: Path) -> None:
    """Other commands of the step have written to the same file; each ends its lines."""
    path = tmp_path / "summary"
    path.write_text("# Before\n")
    environ = {"GITHUB_STEP_SUMMARY": str(path)}
    assert append_summary(environ, "one") is None
    assert append_summary(environ, "two\n") is None
    assert path.read_text() == "# Before\none\ntwo\n"


def test_a_summary_never_grows_beyond_what_the_service_takes(tmp_path: Path) -> None:
    """Whole lines are kept, the last one says that there is more, and then no more comes."""
    path = tmp_path / "summary"
    environ = {"GITHUB_STEP_SUMMARY": str(path)}
    line = "| ä row of the table |\n"
    assert append_summary(environ, line * 100_000) is None
    text = path.read_text("utf-8")
    assert len(text.encode()) <= actions_files.MOST_SUMMARY_BYTES
    assert len(text.encode()) > actions_files.MOST_SUMMARY_BYTES - 200
    assert text.endswith("table |" + actions_files.CUT)
    append_summary(environ, line * 100)
    assert len(path.read_bytes()) <= actions_files.MOST_SUMMARY_BYTES


def test_files_that_cannot_be_written_are_told_and_stop_nothing(tmp_path: Path) -> None:
    """The build is over by then; its result does not depend on a summary."""
    environ = {
        "GITHUB_STEP_SUMMARY": str(tmp_path / "none" / "a"),
        "GITHUB_OUTPUT": str(tmp_path / "none" / "b"),
    }
    assert "job summary" in (append_summary(environ, "text") or "")
    assert "outputs" in (set_outputs(environ, {"drawn": 1}) or "")


def test_outputs_are_read_back_as_they_were_set(tmp_path: Path) -> None:
    """Numbers without noise, truth in lower case, and older outputs stay."""
    path = tmp_path / "output"
    path.write_text("other=1\n")
    environ = {"GITHUB_OUTPUT": str(path)}
    values = {"drawn": 3, "cost_usd": 0.1 + 0.2, "changed": True, "zero": 0.0}
    assert set_outputs(environ, values) is None
    assert read_outputs(path.read_text()) == {
        "other": "1",
        "drawn": "3",
        "cost_usd": "0.3",
        "changed": "true",
        "zero": "0",
    }


_NASTY = st.text(
    st.sampled_from("a<=\n\r\u2028\x0b\x85%:{}$ \ud800") | st.characters(), max_size=40
)


@given(_NASTY)
def test_no_value_can_set_another_output(value: str) -> None:
    """Whatever the text is, there is one output, on one line."""
    import tempfile  # hypothesis runs many examples in one test's folder
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "output"
        assert set_outputs({"GITHUB_OUTPUT": str(path)}, {"first": value}) is None
        text = path.read_bytes().decode("utf-8")
    found = read_outputs(text)
    assert list(found) == ["first"]
    assert "\n" not in found["first"]
    assert len(text.splitlines()) == 3
