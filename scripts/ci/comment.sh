#!/usr/bin/env bash
# Makes or updates the one comment of a pull request that begins with assetgen's mark.
#
#   REVIEW    the folder with comment.md
#   NUMBER    of the pull request; empty for runs of other events
#   HEAD      owner/name of the repository that it comes from
#   GH_TOKEN  may write to pull requests
#
# A comment of somebody else that begins with the same mark is left alone. A fork's token
# cannot write, so its run says where the text is and is well.
set -euo pipefail

if [[ -z "${NUMBER:-}" ]]; then
  echo "no pull request, so no comment"
  exit 0
fi
if [[ "${HEAD:-}" != "$GITHUB_REPOSITORY" ]]; then
  echo "a pull request from another repository: the comment is in the artifact of this run"
  exit 0
fi
if [[ ! "$NUMBER" =~ ^[0-9]+$ ]]; then
  echo "NUMBER: expected the number of a pull request" >&2
  exit 2
fi

text=$REVIEW/comment.md
mine='.[] | select(.user.login == "github-actions[bot]")
  | select(.body | startswith("<!-- assetgen:report -->")) | .id'
found=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments?per_page=100" --jq "$mine")
first=${found%%$'\n'*}
if [[ -n "$first" ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$first" -F "body=@$text"
  echo "updated the comment"
else
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" -F "body=@$text"
  echo "made a comment"
fi
