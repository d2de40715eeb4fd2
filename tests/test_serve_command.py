"""`assetgen serve` on the command line: its link, its end, and what keeps it from starting."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from fakeapi import FakeApi
from sessions import Process

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


# --- Ctrl-C while something is being drawn ------------------------------------------

API = """version: 1
provider: openai
defaults: {model: gpt-image-2.6-flare, size: 1024x640, quality: low}
assets:
  cat: {prompt: a cat, outputs: [cat.png]}
"""


@pytest.fixture
def fake():
    """Return a stand-in for the image API."""
    with FakeApi() as api:
        yield api


@pytest.fixture
def paid(tmp_path, fake, monkeypatch):
    """Return a project whose one picture was drawn and paid for."""
    (tmp_path / "assets.yaml").write_text(API)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-right")
    monkeypatch.setenv("OPENAI_BASE_URL", fake.base_url)
    out = io.StringIO()
    words = ["build", "-q", "--file", str(tmp_path / "assets.yaml")]
    assert run(words, Console(dict(os.environ), out, out)) == 0, out.getvalue()
    return tmp_path


def serving(root, fake, command, *words):
    """Return a gallery in a process of its own."""
    environ = {"OPENAI_API_KEY": "sk-right", "OPENAI_BASE_URL": fake.base_url}
    return Process(root, "--port", "0", *words, command=command, **environ)


def reroll(process):
    """Ask a gallery for a new draw of its only asset, for any price."""
    process.until("#token=")
    base, token = re.search(r"(http\S+/)#token=(\S+)", process.said).groups()
    headers = {"Authorization": f"Bearer {token}"}

    def ask(path, body=None):
        data = None if body is None else json.dumps(body).encode()
        more = {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(base + path, data, headers | more)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    asset = ask("api/wall")["assets"][0]["id"]
    ask(f"api/assets/{asset}/reroll", {"count": 1, "confirmed_usd": 1})


@pytest.mark.parametrize("words", [["serve"], ["watch", "--serve"]])
def test_ctrl_c_waits_for_what_the_gallery_has_asked_for(paid, fake, words):
    """It is banked and said, and the end is a good one."""
    with serving(paid, fake, *words) as process:
        if words == ["watch", "--serve"]:
            process.until("watching assets.yaml")
        fake.hold()
        reroll(process)
        fake.until(lambda api: api.posts == 2, "the call")
        process.process.send_signal(signal.SIGINT)
        process.until("waiting for what is being drawn")
        fake.release()
        assert process.process.wait(30) == 0, process.said
        process.until("cat: 1 draw banked")
    log = subprocess.run(
        [sys.executable, "-m", "assetgen", "log", "cat", "--format", "json"],
        cwd=paid,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(json.loads(log.stdout)["requests"][0]["draws"]) == 2
    assert (fake.charged, fake.posts) == (2, 2)


def test_the_second_ctrl_c_ends_the_gallery_now(paid, fake):
    """130; what may have been charged is named."""
    with serving(paid, fake, "serve") as process:
        fake.hold()
        reroll(process)
        fake.until(lambda api: api.posts == 2, "the call")
        process.process.send_signal(signal.SIGINT)
        process.until("waiting for what is being drawn")
        process.process.send_signal(signal.SIGINT)
        assert process.process.wait(10) == 130
        process.until("outcome unknown: cat")
        fake.release()
