"""Pictures on the way are shown and never stay."""

from __future__ import annotations

import pytest

from assetgen.digest import Key
from assetgen.partials import FOLDER, Partials
from assetgen.providers.base import Partial

KEY, OTHER = Key("ab" * 32), Key("cd" * 32)
PNG = b"\x89PNG\r\n\x1a\n rest"


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0 rest", "jpg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
    ],
)
def test_a_partial_lies_where_it_can_be_looked_at(tmp_path, data, suffix):
    """A private file whose suffix follows from its first bytes."""
    path = Partials(tmp_path).show(KEY, Partial(data, 1, 3))
    assert path == f"{FOLDER}/{KEY[:16]}/1.{suffix}"
    place = tmp_path / path
    assert place.read_bytes() == data
    assert place.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / FOLDER).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"<html>", b"GIF89a", b"MZ"])
def test_other_bytes_are_not_written(tmp_path, data):
    """Nobody knows what an untrusted file would do to whoever opens it."""
    assert Partials(tmp_path).show(KEY, Partial(data, 1, 3)) is None
    assert not (tmp_path / ".assetgen").exists()


@pytest.mark.parametrize("number", [-1, 0, 10**9])
def test_a_strange_number_is_not_written(tmp_path, number):
    """It becomes a file's name."""
    assert Partials(tmp_path).show(KEY, Partial(PNG, number, 3)) is None


def test_a_draw_that_ended_takes_its_partials_along(tmp_path):
    """And those of no other draw; the next build takes what a killed one left."""
    partials = Partials(tmp_path)
    first = partials.show(KEY, Partial(PNG, 1, 2))
    second = partials.show(OTHER, Partial(PNG, 1, 2))
    assert first is not None
    assert second is not None
    partials.clear(KEY)
    partials.clear(KEY)
    assert not (tmp_path / first).parent.exists()
    assert (tmp_path / second).exists()
    partials.clear_all()
    assert not (tmp_path / FOLDER).exists()


def test_a_disk_that_refuses_costs_only_the_partial(tmp_path):
    """The draw goes on."""
    (tmp_path / ".assetgen").write_bytes(b"in the way")
    assert Partials(tmp_path).show(KEY, Partial(PNG, 1, 2)) is None
