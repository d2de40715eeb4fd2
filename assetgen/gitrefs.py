"""What git remembers of files beside a spec: in every ref, stash, worktree and index.

The door to git, which is only asked, never told to change anything. Objects are read
through one `git cat-file --batch`, so hundreds of branches cost one process; a file that
many of them share is read once.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Final, NamedTuple, Self

from assetgen.errors import DiskRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PSEUDO_REFS: Final = (
    "HEAD",
    "ORIG_HEAD",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "FETCH_HEAD",
)
_STAGES: Final = (0, 1, 2, 3)
_FILE_MODES: Final = (b"100644", b"100755", b"100664")
_REASON_LENGTH: Final = 300
_MOST_SAID: Final = 65_536
_MOST_CONFLICTS: Final = 127
"""What `git merge-file` counts up to; more means that it failed."""


class Remembered(NamedTuple):
    """A file that git remembers.

    Attributes:
        where: A ref, stash, worktree or index that has it, and its name, for messages.
        name: Its name in the spec's folder.
    """

    where: str
    name: str
    data: bytes


class Repository:
    """The git repository around a folder.

    Attributes:
        prefix: Path of the folder from the repository's top, with a slash at the end;
            empty at the top.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        """Use `find_repository`."""
        self._folder = folder
        self.prefix = prefix

    def remembered(self, suffix: str) -> Iterator[Remembered]:
        """Yield all different files of the folder whose names end with `suffix`.

        Raises:
            DiskRefused: git cannot tell.
        """
        seen: set[tuple[str, str]] = set()
        with Objects(self._folder) as objects:
            for where, commit in self._commits():
                tree = objects.read(f"{commit}:{self.prefix.rstrip('/')}", "tree")
                for name, oid in _entries(tree) if tree is not None else ():
                    if name.endswith(suffix) and (name, oid) not in seen:
                        seen.add((name, oid))
                        data = objects.demand(oid, f"{where}:{name}")
                        yield Remembered(f"{where}:{name}", name, data)
            for name, oid in self._staged(suffix):
                if (name, oid) not in seen:
                    seen.add((name, oid))
                    data = objects.demand(oid, f"index:{name}")
                    yield Remembered(f"index:{name}", name, data)

    def staged(self, name: str, stage: int) -> bytes | None:
        """Return a file of the folder as the index has it; None if it has not.

        Args:
            name: In the folder.
            stage: 0, or during a merge 1 (base), 2 (ours) or 3 (theirs).
        """
        with Objects(self._folder) as objects:
            return objects.read(f":{stage}:{self.prefix}{name}", "blob")

    def objects(self) -> Objects:
        """Return a reader of this repository's objects; to be entered.

        Raises:
            DiskRefused: There is no git.
        """
        return Objects(self._folder)

    def commit_of(self, name: str) -> str | None:
        """Return the object name of the commit that a revision means; None for none.

        Args:
            name: As people write revisions: a branch, a tag, ``HEAD~3``, digits.

        Raises:
            DiskRefused: git does not work here.
        """
        if name.startswith("-") or "\0" in name:
            return None  # git would take it for a flag
        words = ("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return _ask_if(self._folder, *words)

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the commit from which two others went apart; None where none is known.

        Raises:
            DiskRefused: git does not work here.
        """
        return _ask_if(self._folder, "merge-base", one, other)

    def is_shallow(self) -> bool:
        """Return whether only a part of the history is here.

        Raises:
            DiskRefused: git does not work here.
        """
        return _ask(self._folder, "rev-parse", "--is-shallow-repository") == "true\n"

    def _commits(self) -> Iterator[tuple[str, str]]:
        """Yield everything that keeps a commit alive, with a name for it."""
        refs = _ask(self._folder, "for-each-ref", "--format=%(objectname) %(refname)")
        names: list[str] = []
        for line in refs.splitlines():
            commit, _, name = line.partition(" ")
            names.append(name)
            yield name, commit
        for name in _PSEUDO_REFS:
            yield name, name
        if "refs/stash" in names:
            stashes = _ask(self._folder, "log", "-g", "--format=%H", "refs/stash", "--")
            for number, commit in enumerate(stashes.split()):
                yield f"stash@{{{number}}}", commit
                yield f"stash@{{{number}}} (index)", f"{commit}^2"
        for line in _ask(self._folder, "worktree", "list", "--porcelain").splitlines():
            word, _, commit = line.partition(" ")
            if word == "HEAD" and commit.strip("0"):
                yield "another worktree", commit

    def _staged(self, suffix: str) -> Iterator[tuple[str, str]]:
        """Yield names and object names of the folder's files in the index."""
        listed = _ask(self._folder, "ls-files", "-s", "-z", "--", f":(glob)*{suffix}")
        for entry in listed.split("\0"):
            fields, _, name = entry.partition("\t")
            words = fields.split()
            if len(words) == 3 and words[0].encode() in _FILE_MODES:
                yield name, words[1]


def find_repository(folder: Path) -> Repository | None:
    """Return the repository that a folder lies in; None if it lies in none.

    Raises:
        DiskRefused: There is one, and git does not work there.
    """
    place = folder.resolve()
    if not any((each / ".git").exists() for each in (place, *place.parents)):
        return None
    prefix = _ask(place, "rev-parse", "--show-prefix").removesuffix("\n")
    if "\n" in prefix:
        raise DiskRefused("git cannot be asked for files of a folder with such a name")
    return Repository(place, prefix)


# --- processes ----------------------------------------------------------------


def _environment() -> dict[str, str]:
    """Return the environment without what a hook's git says of another repository."""
    foreign = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
    kept = {name: text for name, text in os.environ.items() if name not in foreign}
    return kept | {
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
        # A partial clone would fetch what it lacks, object by object and unasked. Gits
        # before 2.44 do not know the first of these, and ask the second.
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }


def _ask(folder: Path, *words: str) -> str:
    """Return what `git WORDS` prints.

    Raises:
        DiskRefused: It failed, or there is no git.
    """
    done = _run(folder, *words)
    if done.returncode != 0:
        raise _refusal(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout.decode("utf-8", "surrogateescape")


def _ask_if(folder: Path, *words: str) -> str | None:
    """Return the one line that `git WORDS` prints; None where the answer is no.

    git says no with 1, and prints nothing then; so it does with 128 for a revision whose
    words it cannot make sense of.
    """
    done = _run(folder, *words)
    text = done.stdout.decode("utf-8", "surrogateescape").strip()
    if done.returncode == 0 and text:
        return text.splitlines()[0]
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode != 1 and "dubious ownership" in said:
        raise _refusal(said)
    return None


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run `git WORDS` to its end.

    Raises:
        DiskRefused: There is no git.
    """
    try:
        return subprocess.run(  # noqa: S603  # fixed words, no shell
            ["git", *words],  # noqa: S607  # the user's git
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise _refusal(error.strerror or str(error)) from error


def _refusal(reason: str) -> DiskRefused:
    return DiskRefused(
        f"git cannot say what it remembers: {reason[:_REASON_LENGTH]}",
        hint="what is in other commits is not known without it",
    )


class NotFetched(DiskRefused):
    """An object belongs to the repository, and a partial clone left it out."""

    def __init__(self, what: str) -> None:
        """Say that `what` is not here."""
        super().__init__(
            f"git has no copy of {what} here: a partial clone left it out",
            hint="`git fetch --refetch --no-filter` brings everything; for "
            "actions/checkout, leave out `filter`",
        )


class Objects:
    """One `git cat-file --batch`, as a context manager; threads take turns."""

    def __init__(self, folder: Path) -> None:
        """Start the process; raises DiskRefused if there is no git."""
        self._turn = threading.Lock()
        self._folder = folder
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed by __exit__
        try:
            self._process = self._started()
        except DiskRefused:
            self._said.close()
            raise

    def _started(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                ["git", "cat-file", "--batch"],  # noqa: S607  # the user's git
                cwd=self._folder,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
            )
        except OSError as error:
            raise _refusal(error.strerror or str(error)) from error

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._end()
        self._said.close()

    def _end(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait()

    def _ended_early(self, name: str) -> DiskRefused:
        """Return why git went away; it does so for each object that was left out.

        The next question goes to a process of its own.
        """
        self._end()
        self._said.seek(0)
        said = self._said.read(_MOST_SAID).decode("utf-8", "replace")
        if "promisor" not in said:
            return _refusal("it ended early")
        self._said.seek(0)
        self._said.truncate()
        self._process = self._started()
        return NotFetched(name)

    def read(
        self, name: str, kind: str, limit_bytes: int | None = None
    ) -> bytes | None:
        """Return an object's bytes; None where there is none of that name and kind.

        Args:
            name: An object's, or a revision with a path.
            kind: ``blob``, ``tree``, ...
            limit_bytes: A larger object counts as there, and is read to nowhere.

        Raises:
            TooLarge: It is larger than that.
            NotFetched: A partial clone left it out.
            DiskRefused: git went away.
        """
        with self._turn:
            return self._read(name, kind, limit_bytes)

    def _read(self, name: str, kind: str, limit_bytes: int | None) -> bytes | None:
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None
        assert answers is not None
        try:
            questions.write(name.encode("utf-8", "surrogateescape") + b"\n")
            questions.flush()
            head = answers.readline()
            if not head.endswith(b"\n"):
                raise self._ended_early(name)
            words = head.split()
            if not words[-1].isdigit():
                return None  # "missing", "ambiguous"
            size = int(words[-1])
            if limit_bytes is not None and size > limit_bytes:
                _skip(answers, size + 1)
                raise TooLarge(size)
            data = _read_exactly(answers, size + 1)
        except OSError as error:
            raise _refusal(error.strerror or str(error)) from error
        return data[:-1] if words[-2].decode() == kind else None

    def demand(self, oid: str, what: str) -> bytes:
        """Return an object that must be there.

        Args:
            oid: Its name.
            what: What it holds, for messages.

        Raises:
            NotFetched: A partial clone left it out.
            DiskRefused: It is not there.
        """
        try:
            found = self.read(oid, "blob")
        except NotFetched:
            raise NotFetched(what) from None
        if found is None:
            raise _refusal(f"the object {oid} is missing")
        return found


class TooLarge(Exception):
    """An object is larger than its reader wants it; the argument is its size in bytes."""


def _skip(stream: IO[bytes], size: int) -> None:
    while size:
        size -= len(_read_exactly(stream, min(size, 1 << 20)))


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise _refusal("it ended early")
    return data


def _entries(tree: bytes) -> Iterator[tuple[str, str]]:
    """Yield names and object names of the files in a tree object."""
    for mode, name, oid in all_entries(tree):
        if mode in _FILE_MODES:
            yield name, oid


def all_entries(tree: bytes) -> Iterator[tuple[bytes, str, str]]:
    """Yield mode, name and object name of everything in a tree object.

    Raises:
        DiskRefused: It is none.
    """
    at, length = 0, _oid_length(tree)
    while at < len(tree):
        mode_end = tree.index(b" ", at)
        name_end = tree.index(b"\0", mode_end)
        oid = tree[name_end + 1 : name_end + 1 + length]
        name = tree[mode_end + 1 : name_end].decode("utf-8", "surrogateescape")
        yield tree[at:mode_end], name, oid.hex()
        at = name_end + 1 + length


def _oid_length(tree: bytes) -> int:
    """Return the bytes of an object's name in a tree: 20 for SHA-1, 32 for SHA-256."""
    for length in (20, 32):
        at = 0
        while at < len(tree):
            zero = tree.find(b"\0", at)
            head = tree[at:zero].split(b" ")[0]
            if zero < 0 or not head.isdigit() or len(head) not in (5, 6):
                break
            at = zero + 1 + length
        if at == len(tree):
            return length
    raise _refusal("a folder of it has an unknown form")


# --- merging ------------------------------------------------------------------


def merge_by_lines(base: Path, ours: Path, theirs: Path) -> bool:
    """Merge three files into `ours` as git does; whether that left no conflict.

    Raises:
        DiskRefused: git cannot.
    """
    labels = ("-L", "ours", "-L", "base", "-L", "theirs")
    try:
        done = subprocess.run(  # noqa: S603  # fixed words, no shell
            ["git", "merge-file", *labels, "--", ours, base, theirs],  # noqa: S607  # the user's git
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise _refusal(error.strerror or str(error)) from error
    if done.returncode > _MOST_CONFLICTS:
        raise _refusal(done.stderr.decode("utf-8", "replace").strip())
    return done.returncode == 0
