"""The flags of the commands that show a change to those who review it."""

from __future__ import annotations

import argparse
import re
from typing import Final

from assetgen.cli.flags import _add_spec_flags, _add_voice_flags
from assetgen.cli.report_flags import DEFAULT_DIFF_FOLDER

DIFF_FORMATS: Final = ("text", "markdown", "github", "json", "html")
_ADDRESS: Final = re.compile(r"https?://[^\s()<>\"'\\\x00-\x20]+")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"expected an address that begins with https://, not {text!r}"
        )
    return text


def _image_base(text: str) -> str:
    names = set(re.findall(r"\{(\w*)\}", text))
    if names not in (set(), {"name"}, {"commit", "path"}):
        raise argparse.ArgumentTypeError(
            "{name} stands there alone, {commit} and {path} together"
        )
    return _address(text)


def add_diff(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `assetgen diff`."""
    parser.add_argument(
        "revision",
        nargs="?",
        metavar="REV",
        help="what to compare with: a branch, a tag, a commit; REV... stands for the "
        "commit from which REV and HEAD went apart (default: that of the default "
        "branch, or of the branch that a pull request goes to)",
    )
    _add_spec_flags(parser)
    group = parser.add_argument_group("pictures")
    group.add_argument(
        "--images",
        metavar="DIR",
        help="write small copies of the pictures before and after to this folder",
    )
    group.add_argument(
        "--image-base",
        type=_image_base,
        metavar="URL",
        help="with markdown and github: where those copies are served; {name} stands "
        "for the file's name (default: it is put behind the address). With {commit} and "
        "{path}: where files that are committed are served, and they are shown",
    )
    group.add_argument(
        "--report-url",
        type=_address,
        metavar="URL",
        help="with github: where the report with the pictures is (default: the page of "
        "the workflow's run)",
    )
    parser.add_argument(
        "--exit-code", action="store_true", help="end with 4 if anything differs"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="write it there instead of printing it; of html, the folder: a new one, or "
        f"an earlier report (default: {DEFAULT_DIFF_FOLDER} of the project)",
    )
    _add_voice_flags(parser, DIFF_FORMATS)
