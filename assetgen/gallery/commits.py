"""What of an asset changed since the last commit, field by field.

The spec of the commit is read once and kept until another commit is the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assetgen.asking import Voices
from assetgen.comparing import field_changes
from assetgen.errors import AssetgenError
from assetgen.halves import read_then
from assetgen.locating import lines_of
from assetgen.model import Drawn
from assetgen.report.word_diff import compare_words
from assetgen.revisions import Revision, base_of, repository_of
from assetgen.sources import spec_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assetgen.comparing import Drafted
    from assetgen.differences import FieldChange
    from assetgen.load import Loaded
    from assetgen.model import Asset, AssetName, Json
    from assetgen.spans import Place
    from assetgen.world import Planned

_MOST_ASSETS: Final = 2_000
"""A larger spec of another time is not kept in memory beside the present one."""


class LastCommit:
    """The spec as it was committed last."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._commit = ""
        self._loaded: Loaded | None = None

    def changes(self, planned: Planned, name: AssetName) -> list[Json] | None:
        """Return what changed, as an asset's page has it.

        None where nobody can tell: no repository, no commit, no such asset then, or too
        many of them.
        """
        if len(planned.loaded.graph.names) > _MOST_ASSETS:
            return None
        try:
            old = self._spec(planned)
            if old is None or name not in old.catalogue.needs:
                return None
            return _changes(planned, old, name)
        except AssetgenError:
            return None

    def _spec(self, planned: Planned) -> Loaded | None:
        """Return the spec of the last commit.

        Raises:
            AssetgenError: There is no repository, or git does not work.
        """
        options = planned.world.options
        repository = repository_of(options.root)
        base = base_of(repository, "HEAD", {})
        if base.commit != self._commit:
            with repository.objects() as objects:
                tree = Revision(objects, base.commit, repository.prefix)
                then = read_then(tree, base, options)
                if then.loaded is not None:
                    for each in then.loaded.graph.names:
                        then.loaded.assets[each]  # resolved while git still answers
            self._commit, self._loaded = base.commit, then.loaded
        return self._loaded


def _changes(planned: Planned, old: Loaded, name: AssetName) -> list[Json]:
    now = planned.loaded
    asset = now.assets[name]
    drafted = field_changes(
        old.assets[name],
        asset,
        lambda pattern: old.catalogue.matches.get(pattern, ()),
        lambda pattern: now.catalogue.matches.get(pattern, ()),
    )
    places = [_place(planned, asset, each) for each in drafted]
    lines = lines_of(set(places), spec_reader(planned.world.options.root, now.text))
    return [
        change_data(each.change, place.file, lines.get(place, 0))
        for each, place in zip(drafted, places, strict=True)
    ]


def _place(planned: Planned, asset: Asset, drafted: Drafted) -> Place:
    """Return where the spec says what changed."""
    if drafted.key and isinstance(asset.source, Drawn):
        voices = Voices(planned.loaded.settings, planned.loaded.spec_files[0])
        return voices.place_of(asset, asset.source, drafted.key)[1]
    return drafted.place


def change_data(change: FieldChange, file: str, line: int) -> dict[str, Json]:
    """Return a change of a field as pages have it."""
    place: Json = {"file": file, "line": line} if line else None
    if change.words:
        return words_data(change.name, change.old, change.new, place)
    return {"field": change.name, "place": place, "old": change.old, "new": change.new}


def words_data(name: str, old: str, new: str, place: Json) -> dict[str, Json]:
    """Return a change of a text, compared word by word."""
    words: Sequence[Json] = [[kind, text] for kind, text in compare_words(old, new)]
    return {"field": name, "place": place, "words": list(words)}
