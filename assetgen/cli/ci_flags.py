"""The flags for runs of CI services: what they may pay for, and what they write."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_trust_flag(group: argparse._ActionsContainer) -> None:
    """Add what lets a run pay that CI made for somebody else's files."""
    group.add_argument(
        "--trust-fork",
        action="store_true",
        help="pay although CI runs this for somebody else's pull request (default: 6)",
    )


def add_junit_flag(parser: argparse.ArgumentParser) -> None:
    """Add the file for a service's list of tests."""
    parser.add_argument(
        "--junit",
        metavar="FILE",
        help="write how it went as a JUnit file, one test case an asset",
    )


def add_sarif_flag(parser: argparse.ArgumentParser) -> None:
    """Add the file for a service's list of findings."""
    parser.add_argument(
        "--sarif",
        metavar="FILE",
        help="write all errors and warnings as a SARIF file (2.1.0)",
    )


def add_ci_flag(parser: argparse.ArgumentParser) -> None:
    """Add what `init` writes for a service."""
    parser.add_argument(
        "--ci",
        choices=("github", "gitlab"),
        help="write what this service runs for changes and for the main branch, too",
    )
