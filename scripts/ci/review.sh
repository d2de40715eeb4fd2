#!/usr/bin/env bash
# Writes what a pull request changes: comment.md, small pictures before and after, and
# pages to compare them in.
#
#   FOLDER SPEC PROFILE  the spec
#   IMAGE_BASE           where the comment finds pictures; empty for nowhere
#
# Outputs: folder, where it lies; none where nothing could be compared.
set -euo pipefail

review="$RUNNER_TEMP/assetgen-review"
rm -rf "$review"
mkdir -p "$review"
words=(diff --file "$SPEC")
[[ -z "$PROFILE" ]] || words+=(--profile "$PROFILE")

shown=(--format github -o "$review/comment.md" --images "$review/images")
[[ -z "${IMAGE_BASE:-}" ]] || shown+=(--image-base "$IMAGE_BASE")

cd "$FOLDER"
code=0
assetgen "${words[@]}" "${shown[@]}" || code=$?
if [[ -s "$review/comment.md" ]]; then
  assetgen "${words[@]}" --format html -o "$review/pages" || echo "no pages" >&2
  echo "folder=$review" >> "$GITHUB_OUTPUT"
else
  echo "nothing to show: assetgen diff ended with $code" >&2
fi
