"""The two streams of the command: data to stdout, everything else to stderr.

Also decides on colour and progress, once, from the streams and the environment. Text
that comes from specs or providers is escaped by whoever renders it.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import TYPE_CHECKING, Final, Literal, TextIO, TypeAlias

from assetgen.errors import DiskRefused
from assetgen.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

Progress: TypeAlias = Literal["plain", "tty", "quiet"]


_COMMAND: Final = re.compile(r"((?:^|[\n\r])\s*)::")
"""Where a line begins with a command; runners end lines at CR, too."""

_FIXED: Final[Mapping[str, Progress]] = {"plain": "plain", "tty": "tty"}


class Console(Value, frozen=False):
    """Where a command speaks.

    Attributes:
        environ: The environment variables of the process.
        quiet: Print errors only.
        verbose: Print more, and tracebacks of bugs.
        shown_folder: Of the spec, as the command line names it; empty for the current.
        spec_folder: Of the spec inside the repository that a workflow checked out, with
            forward slashes: annotations name files from there.
    """

    environ: Mapping[str, str]
    out: TextIO
    err: TextIO
    quiet: bool = False
    verbose: bool = False
    shown_folder: str = ""
    spec_folder: str = ""

    @property
    def color_out(self) -> bool:
        """Whether data may be coloured."""
        return wants_color(self.out, self.environ)

    @property
    def color_err(self) -> bool:
        """Whether messages may be coloured."""
        return wants_color(self.err, self.environ)

    @property
    def in_github(self) -> bool:
        """Whether a GitHub workflow reads the output."""
        return self.environ.get("GITHUB_ACTIONS") == "true"

    @property
    def in_gitlab(self) -> bool:
        """Whether a job of GitLab's reads the output."""
        return self.environ.get("GITLAB_CI") == "true"

    @property
    def folder_in_repository(self) -> str:
        """The spec's folder as files for services name it: with forward slashes.

        Outside of CI the current folder counts as the repository's.
        """
        if self.in_github or self.in_gitlab:
            return self.spec_folder
        folder = os.path.normpath(self.shown_folder or os.curdir)
        outside = os.path.isabs(folder) or folder.startswith(os.pardir)  # noqa: PTH117  # as text
        return "" if outside or folder == os.curdir else folder.replace(os.sep, "/")

    def remember_spec(self, path: str) -> None:
        """Note where the spec of the command lies."""
        self.shown_folder = os.path.dirname(path)  # noqa: PTH120  # as it was given
        checkout = None
        if self.in_github:
            checkout = self.environ.get("GITHUB_WORKSPACE")
        elif self.in_gitlab:
            checkout = self.environ.get("CI_PROJECT_DIR")
        if checkout:
            base = os.path.realpath(checkout)
            folder = os.path.relpath(os.path.dirname(os.path.realpath(path)), base)  # noqa: PTH120  # links and `..` as text
            inside = folder != os.curdir and not folder.startswith(os.pardir)
            self.spec_folder = folder.replace(os.sep, "/") if inside else ""

    def show(self, text: str) -> None:
        """Print what was asked for, for people; raises as `data` does."""
        self.data(self._inert(text))

    def data(self, text: str) -> None:
        """Print what was asked for exactly as it is, with a line end.

        In JSON the one mark that a workflow's runner looks for anywhere in a line is
        written in another way that means the same.

        Raises:
            DiskRefused: The stream cannot be written (a full disk behind it).
            BrokenPipeError: Nobody reads it any more.
        """
        if self.in_github and text.startswith("{"):
            text = text.replace("##[", r"#\u0023[")
        try:
            self.out.write(text if text.endswith("\n") else text + "\n")
            self.out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise DiskRefused(f"cannot write to stdout: {words(error)}") from error

    def say(self, text: str) -> None:
        """Print a message, unless only errors are wanted."""
        if not self.quiet and text:
            self.complain(text)

    def complain(self, text: str) -> None:
        """Print an error or a warning that nobody should miss."""
        self.annotate(self._inert(text))

    def annotate(self, text: str) -> None:
        """Print workflow commands that we mean; everything else goes by `complain`."""
        try:
            self.err.write(text if text.endswith("\n") else text + "\n")
            self.err.flush()
        except OSError:
            # Nobody is left to hear it, and a build must not stop because of that.
            return

    def _inert(self, text: str) -> str:
        """Return `text` so that a workflow's runner finds no command in it."""
        return not_commands(text) if self.in_github else text


def console_of_process() -> Console:
    """Return the console of this process; unprintable characters become escapes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    return Console(os.environ, sys.stdout, sys.stderr)


def not_commands(text: str) -> str:
    """Return `text` with everything broken up that GitHub's runner would act on."""
    return _COMMAND.sub(r"\1: :", text.replace("##[", "# #["))


def wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether to colour: NO_COLOR, then FORCE_COLOR, then the terminal decide."""
    if environ.get("NO_COLOR"):
        return False
    forced = environ.get("FORCE_COLOR")
    if forced:
        return forced not in {"0", "false"}
    return stream.isatty() and environ.get("TERM") != "dumb"


def choose_progress(asked: str, console: Console) -> Progress:
    """Return how to show progress; ``auto`` is live only on a terminal outside CI."""
    if console.quiet or asked == "quiet":
        return "quiet"
    if asked in _FIXED:
        return _FIXED[asked]
    live = (
        console.err.isatty()
        and console.environ.get("TERM") != "dumb"
        and console.environ.get("CI", "") in {"", "0", "false"}
    )
    return "tty" if live else "plain"


def words(error: OSError) -> str:
    """Return the operating system's reason in lower-case words."""
    if error.errno == errno.ENOSPC:
        return "no space left on device"
    return (error.strerror or str(error) or "unknown reason").lower()
