#!/usr/bin/env bash
# Installs assetgen into a folder of its own and says where its files lie.
#
#   ACTION_PATH  the folder of action.yml
#   VERSION      of assetgen; empty for the one beside action.yml
#   FOLDER SPEC  the spec
#
# Outputs: store, lock (paths from the workspace).
set -euo pipefail

# `python -m` takes modules from the folder it is called in, and a checkout may hold any.
cd "$RUNNER_TEMP"
home="$RUNNER_TEMP/assetgen"
python -m venv "$home"
if [[ -z "$VERSION" ]]; then
  what=$ACTION_PATH
elif [[ "$VERSION" =~ ^[0-9][0-9A-Za-z.+]*$ ]]; then
  what="assetgen-build==$VERSION"
else
  echo "version: expected a version such as 0.1.0" >&2
  exit 2
fi
"$home/bin/python" -m pip install --quiet --disable-pip-version-check "$what"
echo "$home/bin" >> "$GITHUB_PATH"

# They become outputs, so they must be single lines; and a cache lies in the workspace.
for name in FOLDER SPEC; do
  if [[ ! "${!name}" =~ ^[A-Za-z0-9._/\ -]+$ || "${!name}" == /* || "/${!name}/" == */../* ]]; then
    echo "working-directory and file: expected a path inside the repository" >&2
    exit 2
  fi
done
folder="${FOLDER#./}"
prefix=""
[[ "$folder" == "." ]] || prefix="${folder%/}/"
{
  echo "store=$prefix.assetgen/store"
  echo "lock=$prefix${SPEC%.*}.lock"
} >> "$GITHUB_OUTPUT"
