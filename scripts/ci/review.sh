#!/usr/bin/env bash
# Writes what a pull request changes: comment.md and small pictures before and after.
#
#   FOLDER SPEC PROFILE  the spec
#
# Outputs: folder, where it lies; none where nothing could be compared.
set -euo pipefail

review="$RUNNER_TEMP/assetgen-review"
rm -rf "$review"
mkdir -p "$review"
words=(diff --file "$SPEC" --format github -o "$review/comment.md" --images "$review/images")
[[ -z "$PROFILE" ]] || words+=(--profile "$PROFILE")

cd "$FOLDER"
code=0
assetgen "${words[@]}" || code=$?
if [[ -s "$review/comment.md" ]]; then
  echo "folder=$review" >> "$GITHUB_OUTPUT"
else
  echo "nothing to show: assetgen diff ended with $code" >&2
fi
