"""The schema of the spec language, and what a file does against it."""

from assetgen.schema.checking import (
    MOST_PROBLEMS,
    schema_names,
    schema_text,
    validate,
    validate_asset,
)

__all__ = [
    "MOST_PROBLEMS",
    "schema_names",
    "schema_text",
    "validate",
    "validate_asset",
]
