"""Models are switched off; what was drawn with them stays, and costs nothing again."""

from __future__ import annotations

from fakeapi import FakeApi
from paidlab import icons

OLD = """\
version: 1
targets: {site: {dir: site}}
defaults: {model: gpt-image-1, size: 1024x1024, quality: low}
"""
OWN_HOST = {"OPENAI_BASE_URL": None}
"""Nobody is asked there: these commands only plan, or have nothing to draw."""


def test_a_model_that_was_shut_down_is_told_while_planning(project, fake) -> None:
    """At the line that names it, once, with the date and what to use instead."""
    project.write(icons(3), OLD)
    for words in (("plan",), ("check",)):
        ended = project.run(*words, **OWN_HOST)
        said = ended.out + ended.err
        assert ended.code == 3, said
        assert said.count("gpt-image-1 was shut down on 2026-10-23") == 1
        assert "gpt-image-2.6-flare" in said
        assert "assets.yaml:3:" in said
    assert fake.posts == 0


def test_pictures_of_a_model_that_is_gone_stay(project_at) -> None:
    """With locked draws it is a note: nothing is drawn, so nothing is wrong."""
    with FakeApi(models=("gpt-image-1",)) as fake:
        project = project_at(fake)
        project.write(icons(3), OLD)
        assert project.run().code == 0
        assert fake.posts == 3
        for words in (("plan", "--exit-code"), ("build",)):
            ended = project.run(*words, **OWN_HOST)
            assert ended.code == 0, ended.err
        (project.root / "site/icon0.png").unlink()
        again = project.run("build", OPENAI_API_KEY=None, **OWN_HOST)
        assert (again.code, len(project.outputs())) == (0, 3), again.err
        assert fake.posts == 3


def test_a_server_of_ones_own_may_still_have_a_model(project, fake) -> None:
    """It is asked, and says itself that it has not; the asset fails, free."""
    project.write(icons(2), OLD)
    ended = project.run("build", "--jobs", "1")
    assert ended.code == 1, ended.err
    assert (fake.posts, fake.charged) == (1, 0)
    assert "gpt-image-2.6-flare" in ended.err


def test_an_unknown_model_passes_where_the_user_named_a_server(project_at) -> None:
    """Its price is what the user assumes; without a word on that nothing is drawn."""
    with FakeApi(other=True) as fake:
        project = project_at(fake)
        project.write(icons(2), OLD.replace("gpt-image-1", "flux-2"))
        refused = project.run()
        assert (refused.code, fake.posts) == (5, 0), refused.err
        assert "--assume-cost" in refused.err
        ended = project.run("build", "--assume-cost", "0.01")
        assert ended.code == 0, ended.err
        assert {each.fields["model"] for each in fake.requests} == {"flux-2"}
        unknown = project.run("plan", **OWN_HOST)
        assert unknown.code == 0, unknown.err


def test_the_server_is_asked_which_models_it_has(project) -> None:
    """What is missing there is a warning: lists of servers are not complete."""
    project.write(icons(1), OLD)
    ended = project.run("models", "--check")
    assert ended.code == 0, ended.err
    assert "gpt-image-1  warning: not listed" in ended.out


def test_a_deployment_is_sent_by_its_own_name(project_at) -> None:
    """The user's configuration says what the server calls a model; keys do not move."""
    with FakeApi(other=True) as fake:
        project = project_at(fake)
        project.config.write_text(
            f'[servers.work]\nbase_url = "{fake.base_url}"\nkey_env = "OPENAI_API_KEY"\n'
            '[servers.work.models]\n"gpt-image-2.6-flare" = "our-flare"\n'
        )
        project.write(icons(2))
        ended = project.run("build", "--server", "work", **OWN_HOST)
        assert ended.code == 0, ended.err
        assert {each.fields["model"] for each in fake.requests} == {"our-flare"}
        assert "up to date" in project.run().err
        assert fake.posts == 2
