"""What builds in any terminal say while they run, from their journals.

A build writes its events to a file of its own (see `assetgen.runs`). They are read on as
the files grow; from them come the events that pages hear, and what the plan cannot know:
which asset a build is at work on, and which one the last build could not make.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from assetgen.errors import AssetgenError, ExitCode
from assetgen.files import read_contained
from assetgen.gallery.wall import asset_id
from assetgen.runs import Runs, is_running, read_to_end

if TYPE_CHECKING:
    from pathlib import Path

    from assetgen.model import Json

_PARTIAL: Final = re.compile(
    r"\.assetgen/partials/[0-9a-f]{16}/[0-9]{1,4}\.(?:png|jpg|webp)"
)
_MAX_PARTIAL_BYTES: Final = 64 * 2**20
_SIGNS_OF_TROUBLE: Final = (b'"asset_failed"', b'"severity":"error"')
_MOST_FAILED: Final = 10_000
_MOST_ERRORS: Final = 100
_MOST_TEXT: Final = 2_000


class Told(NamedTuple):
    """An event of a build, ready for pages.

    Attributes:
        run: The id of the build.
        event: As its journal has it, with the ``id`` of its asset.
        partial: Whether there is a picture on the way to look at now.
    """

    run: str
    event: dict[str, Json]
    partial: bool = False


class Journals:
    """Reads journals on; used from one thread, but for `partial`.

    Attributes:
        failed: By asset, why the last build that tried could not make it.
        running: Assets that builds are at work on, with the build's journal.
        finished: Assets that builds have made, with the files that they wrote, until
            somebody made a plan that knows of it.
        errors: What the last build that ended complained of, as its events have it.
    """

    def __init__(self, root: Path) -> None:
        """Read nothing yet."""
        self._root = root
        self._runs = Runs(root)
        self._offsets: dict[Path, int] = {}
        self._open: set[Path] = set()
        self._coming: dict[Path, list[dict[str, Json]]] = {}
        self._partials: dict[tuple[str, str], str] = {}
        self.failed: dict[str, str] = {}
        self.running: dict[str, Path] = {}
        self.finished: dict[str, tuple[str, ...]] = {}
        self.errors: list[dict[str, Json]] = []

    @property
    def folders(self) -> frozenset[str]:
        """Folders in which journals come and grow, absolute."""
        return frozenset({str(self._runs.folder.parent), str(self._runs.folder)})

    @property
    def is_building(self) -> bool:
        """Whether a build that began has not ended."""
        return bool(self._open)

    def begin(self) -> None:
        """Learn what the builds so far left behind, with nobody to tell.

        Where all went well from the first journal on, that is nothing: such journals,
        which may have a line for each of ten thousand assets, are passed over.
        """
        for path in self._runs.all():
            try:
                data = path.read_bytes()
            except OSError:
                continue
            if is_running(path) or any(sign in data for sign in _SIGNS_OF_TROUBLE):
                break
            self._offsets[path] = data.rfind(b"\n") + 1
        self.read_on()

    def read_on(self) -> list[Told]:
        """Return the events that came since the last time, of all builds in order."""
        told: list[Told] = []
        paths = self._runs.all()
        for path in paths:
            events, at = read_to_end(path, self._offsets.get(path, 0))
            told += [each for event in events if (each := self._take(path, event))]
            self._offsets[path] = at
        for gone in self._offsets.keys() - set(paths):
            del self._offsets[gone]
        self._forget_dead()
        return told

    def _forget_dead(self) -> None:
        """Let go of builds that ended without a word."""
        for path in [each for each in self._open if not is_running(each)]:
            self._close(path)

    def _close(self, path: Path) -> None:
        self._open.discard(path)
        self.errors = self._coming.pop(path, self.errors)
        self.running = {n: p for n, p in self.running.items() if p != path}
        run = run_id(path)
        self._partials = {k: v for k, v in self._partials.items() if k[0] != run}

    def _take(self, path: Path, event: dict[str, Json]) -> Told | None:
        """Return an event for pages; None for one that says nothing to them."""
        kind, name = event.get("type"), event.get("asset")
        run = run_id(path)
        if kind == "version":
            self._open.add(path)
            # Until it has ended, what was wrong before may still be.
            self._coming[path] = []
        elif kind == "diagnostic":
            self._take_diagnostic(path, event.get("diagnostic"))
        elif kind == "summary":
            self._close(path)
        partial = False
        if isinstance(name, str):
            event = {**event, "id": asset_id(name)}
            partial = self._take_asset(path, name, event)
        event.pop("partial", None)  # a path, and paths are nobody's business
        return Told(run, event, partial)

    def _take_diagnostic(self, path: Path, found: Json) -> None:
        """Keep what was wrong with assets; what is wrong with the spec, the plan says."""
        if isinstance(found, dict) and found.get("severity") == "error":
            about_spec = found.get("exit_code") == int(ExitCode.SPEC_INVALID)
            errors = self._coming.get(path, self.errors)
            if not about_spec and len(errors) < _MOST_ERRORS:
                errors.append(found)

    def _take_asset(self, path: Path, name: str, event: dict[str, Json]) -> bool:
        kind = event.get("type")
        if kind == "asset_started":
            self.running[name] = path
            self.finished.pop(name, None)
            self.failed.pop(name, None)
        elif kind == "asset_progress":
            place = event.get("partial")
            if isinstance(place, str) and _PARTIAL.fullmatch(place):
                self._partials[run_id(path), asset_id(name)] = place
                return True
        elif kind in {"asset_finished", "asset_failed", "asset_blocked"}:
            self.running.pop(name, None)
            self._partials.pop((run_id(path), asset_id(name)), None)
            self.failed.pop(name, None)
            if kind == "asset_finished":
                written = event.get("written")
                paths = written if isinstance(written, list) else []
                self.finished[name] = tuple(x for x in paths if isinstance(x, str))
            if kind == "asset_failed" and len(self.failed) < _MOST_FAILED:
                self.failed[name] = str(event.get("message") or "")[:_MOST_TEXT]
        return False

    def partial(self, run: str, asset: str) -> bytes | None:
        """Return the picture on the way to an asset's draw; None if there is none.

        Args:
            run: Id of the build.
            asset: Id of the asset.
        """
        path = self._partials.get((run, asset))
        if path is None:
            return None
        try:
            return read_contained(self._root, path, limit_bytes=_MAX_PARTIAL_BYTES)
        except AssetgenError:
            return None


def run_id(path: Path) -> str:
    """Return the id by which pages name a build."""
    return sha256(path.name.encode()).hexdigest()[:16]
