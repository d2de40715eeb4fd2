"""What a clone with lock and store does without a key, and what a re-roll costs."""

from __future__ import annotations

import json
import os
import subprocess

from paidlab import icons


def git(folder, *words) -> None:
    """Run git in a folder."""
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words],
        cwd=folder,
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )


def test_a_fresh_clone_builds_every_byte_without_a_key(project, fake) -> None:
    """From the lock and a store that it is told of; nobody is asked."""
    project.write(icons(3))
    assert project.run().code == 0
    (project.root / ".gitignore").write_text("site/\n")
    git(project.root, "init", "-q")
    git(project.root, "add", ".")
    git(project.root, "commit", "-qm", "All")
    git(project.base, "clone", "-q", str(project.root), "clone")
    clone, asked = project.base / "clone", fake.posts
    spec, store = str(clone / "assets.yaml"), str(project.private / "store")
    bare = {"OPENAI_API_KEY": None, "OPENAI_BASE_URL": None}
    for command in ("check", "plan"):
        done = project.run(command, "--locked", "--file", spec, **bare)
        assert done.code == 0, done.err
    lost = project.run("build", "--locked", "--file", spec, **bare)
    assert lost.code == 7, lost.err
    assert all(f"icon{at}" in lost.err for at in range(3))
    found = project.run(
        "build", "--locked", "--file", spec, ASSETGEN_STORE=store, **bare
    )
    assert found.code == 0, found.err
    for name, data in project.outputs().items():
        assert (clone / "site" / name).read_bytes() == data
    assert (clone / "assets.lock").read_bytes() == (
        project.root / "assets.lock"
    ).read_bytes()
    assert fake.posts == asked


def test_a_reroll_is_one_paid_call_and_picks_are_free(project, fake) -> None:
    """What was drawn before stays, and is picked again for nothing."""
    project.write("  a: {prompt: A, outputs: [a.png]}\n")
    assert project.run().code == 0
    first = project.outputs()["a.png"]
    again = project.run("reroll", "a", "-n", "2")
    assert again.code == 0, again.err
    assert (fake.posts, fake.requests[-1].fields.get("n")) == (2, 2)
    assert project.outputs()["a.png"] != first
    cost = json.loads(project.run("cost", "--format", "json").out)
    assert "reroll" in json.dumps(cost)
    assert project.run("pick", "a", "1").code == 0
    assert project.outputs()["a.png"] == first
    assert "up to date" in project.run("build").err
    assert fake.posts == 2
