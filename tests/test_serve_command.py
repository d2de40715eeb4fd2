"""`assetgen serve` on the command line: its link, its end, and what keeps it from starting."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from assetgen.cli.console import Console
from assetgen.cli.main import run

SPEC = (
    "version: 1\nprovider: placeholder\nassets:\n  cat: {prompt: A cat, size: 16x16}\n"
)


@pytest.fixture
def root(tmp_path):
    """Return a project."""
    (tmp_path / "assets.yaml").write_text(SPEC)
    return tmp_path


def said(root, *words):
    """Return how a command in this process ended, and what it said."""
    out, err = io.StringIO(), io.StringIO()
    flags = ["--file", str(root / "assets.yaml")]
    code = run(["serve", *words, *flags], Console({}, out, err))
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_link_and_ends_with_ctrl_c(root, number):
    """0; the link is all that goes to stdout."""
    words = [sys.executable, "-m", "assetgen", "serve", "--port", "0"]
    with subprocess.Popen(
        words, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        base, _, token = link.partition("#token=")
        assert base.startswith("http://127.0.0.1:")
        assert len(token) >= 32
        headers = {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"{base}api/wall", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert b'"cat"' in answer.read()
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == ""
    assert "Traceback" not in err


def test_a_taken_port_is_told_with_the_way_out(root):
    """2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = said(root, "--port", str(port))
    assert (code, out) == (2, "")
    assert f"127.0.0.1:{port}" in err
    assert "--port 0" in err


@pytest.mark.parametrize("port", ["-1", "65536", "x", "٣"])
def test_a_port_is_a_number(root, port):
    """2."""
    assert said(root, f"--port={port}")[0] == 2


def test_nobody_else_reaches_it_unless_asked_for(root):
    """6, with the way."""
    code, _, err = said(root, "--host", "0.0.0.0", "--port", "0")
    assert code == 6
    assert "--allow-remote" in err


def test_without_its_extra_it_says_what_to_install(root, monkeypatch):
    """2; whichever of the packages is missing."""
    for name in [each for each in sys.modules if each.startswith("assetgen.serve")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, _, err = said(root)
    assert code == 2
    assert "uvicorn" in err
    assert "pip install 'assetgen-build[serve]'" in err


def test_without_a_spec_it_says_so(tmp_path):
    """2, naming init."""
    code, _, err = said(tmp_path)
    assert code == 2
    assert "assetgen init" in err
