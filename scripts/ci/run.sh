#!/usr/bin/env bash
# Runs one command of assetgen. Ends with 0 in any case: its exit code is an output, so
# that the steps after it show what came of it.
#
#   COMMAND ARGS      the words; ARGS are divided at blanks and nothing else is done to them
#   PROFILE MAX_COST  empty for none
#   FOLDER SPEC       the spec
#
# Outputs: exit_code, and what the command itself sets.
set -euo pipefail

read -r -d '' -a more <<< "$ARGS" || true
words=("$COMMAND" --file "$SPEC" "${more[@]}")
[[ -z "$PROFILE" ]] || words+=(--profile "$PROFILE")
[[ -z "$MAX_COST" ]] || words+=(--max-cost "$MAX_COST")

cd "$FOLDER"
code=0
assetgen "${words[@]}" || code=$?
echo "exit_code=$code" >> "$GITHUB_OUTPUT"
