"""SHA-256, the one hash of the project, over bytes and over canonical data."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import NewType

Digest = NewType("Digest", str)
"""SHA-256 of a file's bytes: 64 lower-case hexadecimal digits."""

Identity = NewType("Identity", str)
"""What a picture is, for keys: a file's digest, or a hash over the identities and
steps it was made from. Never a hash of re-encoded bytes."""

Key = NewType("Key", str)
"""The name of a request, an image or an output in the store: 64 hexadecimal digits."""


def digest_of(data: bytes) -> Digest:
    """Return the digest of `data`."""
    return Digest(sha256(data).hexdigest())


def canonical(value: object) -> str:
    """Return `value` (JSON data; tuples count as lists) as text with one possible form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(value: object) -> str:
    """Return the hash of the canonical form of `value`: 64 hexadecimal digits."""
    return sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()
