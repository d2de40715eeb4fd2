"""The project's folder as git remembers it at one revision, and which one to compare with.

`Revision` reads files through git's objects, a folder at a time and only when it is
asked: neither the work tree nor the index is looked at. A link is followed inside the
project's folder and nowhere else. `base_of` finds the commit from which a branch went
apart; what a continuous integration says of it comes first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assetgen.digest import Digest
from assetgen.errors import DiskRefused, PolicyRefused, UsageError
from assetgen.gitrefs import NotFetched, TooLarge, all_entries, find_repository
from assetgen.trees import Tree, TreeEntry
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from assetgen.gitrefs import Objects, Repository

_FOLDER: Final = b"40000"
_LINK: Final = b"120000"
_SUBMODULE: Final = b"160000"
_MOST_LINKS: Final = 40
_LINK_BYTES: Final = 4096
_BRANCHES: Final = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
_POINTER: Final = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n"
)
_POINTER_BYTES: Final = 1024

_SHALLOW_HINT: Final = (
    "only a part of the history is here: `git fetch --unshallow`, or `fetch-depth: 0` "
    "for actions/checkout"
)


class Base(Value):
    """The commit that a work tree is compared with.

    Attributes:
        commit: Its object name.
        name: As people know it: what they wrote, or the branch.
        forked: Whether it is the merge base with that branch.
    """

    commit: str
    name: str
    forked: bool = False


# --- which one ------------------------------------------------------------------


def repository_of(root: Path) -> Repository:
    """Return the repository that a project lies in.

    Raises:
        UsageError: It lies in none.
        DiskRefused: git does not work there.
    """
    found = find_repository(root)
    if found is None:
        raise UsageError(
            f"{root} is not in a git repository",
            hint="a difference is taken against a commit: `git init` makes a repository",
        )
    return found


def base_of(
    repository: Repository, asked: str | None, environ: Mapping[str, str]
) -> Base:
    """Return what to compare with.

    Args:
        repository: Around the project.
        asked: A revision; with ``...`` behind it, the commit from which that and HEAD
            went apart. None for the same with the default branch.
        environ: The process's; it may name the branch that a pull request goes to.

    Raises:
        UsageError: There is no such revision, or no common ancestor is known.
        DiskRefused: git does not work here.
    """
    if asked is None:
        return _forked(repository, *_default_branch(repository, environ))
    name = asked.removesuffix("...")
    commit = repository.commit_of(name)
    if commit is None:
        raise UsageError(
            f"git knows no revision {asked!r} here", hint=_hint(repository, name)
        )
    if name != asked:
        return _forked(repository, name, commit)
    return Base(commit, asked)


def _default_branch(
    repository: Repository, environ: Mapping[str, str]
) -> tuple[str, str]:
    """Return the branch that work is merged into, and its commit."""
    if repository.commit_of("HEAD") is None:
        raise UsageError(
            "nothing is committed here yet, so there is nothing to compare"
        )
    for variable in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        if target := environ.get(variable):
            name = f"origin/{target}"
            commit = repository.commit_of(f"refs/remotes/{name}")
            if commit is None:
                raise UsageError(
                    f"{variable} names the branch {target!r}, and {name} is not here",
                    hint=_hint(repository, name),
                )
            return name, commit
    for ref in _BRANCHES:
        commit = repository.commit_of(ref)
        if commit is not None:
            return ref.removeprefix("refs/remotes/").removeprefix("refs/heads/"), commit
    raise UsageError(
        "no default branch is known here (origin/HEAD, main, master)",
        hint="name what to compare with, as in `assetgen diff HEAD~1`",
    )


def _forked(repository: Repository, name: str, commit: str) -> Base:
    found = repository.merge_base("HEAD", commit)
    if found is None:
        hint = _SHALLOW_HINT if repository.is_shallow() else "name a revision yourself"
        raise UsageError(f"no commit is known that HEAD and {name} share", hint=hint)
    return Base(found, name, forked=True)


def _hint(repository: Repository, name: str) -> str:
    if repository.is_shallow():
        return _SHALLOW_HINT
    if name.startswith("origin/"):
        return f"`git fetch origin {name.removeprefix('origin/')}` brings it"
    return "`git log --oneline --all` lists what is there"


# --- its files ------------------------------------------------------------------


class Revision(Tree):
    """The project's files at one commit.

    Attributes:
        commit: Its object name.
        prefix: Path of the project inside the repository, with a slash at the end.
        absent: Paths of files that were asked for and that a partial clone left out.
    """

    def __init__(self, objects: Objects, commit: str, prefix: str) -> None:
        """Read nothing yet.

        Args:
            objects: Of the repository, entered; must outlive this.
            commit: Object name.
            prefix: Path of the project inside the repository, as `Repository` has it.
        """
        self.commit, self.prefix = commit, prefix
        self._objects = objects
        self._top = f"{commit}:{prefix.rstrip('/')}"
        self._folders: dict[str, dict[str, tuple[bytes, str]]] = {}
        self.absent: dict[str, None] = {}

    def exists(self, relative: str) -> bool:
        """Return whether something has that path; links are not followed."""
        folder, _, name = relative.rpartition("/")
        return name in self._folder(folder)

    def read(self, relative: str, limit_bytes: int) -> bytes | None:
        """Return a file's bytes as they were committed, or None if there was none.

        Raises:
            PolicyRefused: A link leads out of the project; it is no file; too large.
            NotFetched: A partial clone left it out.
            DiskRefused: git cannot give it.
        """
        found = self._find(relative)
        if found is None:
            return None
        mode, oid = found
        if mode in (_FOLDER, _SUBMODULE):
            kind = "a folder" if mode == _FOLDER else "a submodule"
            raise PolicyRefused(f"{relative} is {kind}, not a file")
        return self._blob(oid, relative, limit_bytes)

    def listing(self, folder: str) -> Iterable[TreeEntry]:
        """Return what is in a folder of the project."""
        entries = self._folder(folder).items()
        return [TreeEntry(name, mode == _FOLDER) for name, (mode, _) in entries]

    def _blob(self, oid: str, relative: str, limit_bytes: int) -> bytes:
        try:
            data = self._objects.read(oid, "blob", limit_bytes)
        except TooLarge as error:
            raise PolicyRefused(
                f"{relative} has {error.args[0]:,} bytes; at most {limit_bytes:,} are read"
            ) from None
        except NotFetched:
            self.absent[relative] = None
            raise NotFetched(relative) from None
        if data is None:
            raise DiskRefused(
                f"git has no copy of {relative} here",
                hint="`git fsck` says what it lacks",
            )
        return data

    def _find(self, relative: str) -> tuple[bytes, str] | None:
        """Return mode and object of a path once all links on the way are followed."""
        waiting = relative.split("/")[::-1]
        place: list[str] = []
        links = 0
        found: tuple[bytes, str] | None = (_FOLDER, "")
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not place:
                    raise _leads_out(relative)
                place.pop()
                continue
            found = self._folder("/".join(place)).get(part)
            if found is None:
                return None
            if found[0] != _LINK:
                place.append(part)
                continue
            links += 1
            target = self._blob(found[1], relative, _LINK_BYTES)
            if links > _MOST_LINKS or target.startswith(b"/"):
                raise _leads_out(relative)
            waiting += target.decode("utf-8", "surrogateescape").split("/")[::-1]
        if not place:
            return _FOLDER, ""
        folder, name = "/".join(place[:-1]), place[-1]
        return self._folder(folder).get(name)

    def _folder(self, path: str) -> dict[str, tuple[bytes, str]]:
        """Return mode and object by name; nothing where there is no such folder."""
        known = self._folders.get(path)
        if known is not None:
            return known
        found: dict[str, tuple[bytes, str]] = {}
        name: str | None = self._top
        if path:
            above, _, last = path.rpartition("/")
            mode, oid = self._folder(above).get(last, (b"", ""))
            name = oid if mode == _FOLDER else None
        tree = self._objects.read(name, "tree") if name is not None else None
        if tree is not None:
            found = {name: (mode, oid) for mode, name, oid in all_entries(tree)}
        self._folders[path] = found
        return found


def _leads_out(relative: str) -> PolicyRefused:
    return PolicyRefused(
        f"{relative} leads out of the project",
        hint="paths of a spec stay inside the project's folder, links included",
    )


def pointed_digest(data: bytes) -> Digest | None:
    """Return the digest of the file that a Git LFS pointer stands for; None for others.

    Source: the pointer's form in the Git LFS specification.
    """
    if len(data) > _POINTER_BYTES:
        return None
    found = _POINTER.match(data)
    return None if found is None else Digest(found[1].decode())
