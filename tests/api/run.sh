#!/usr/bin/env bash
# The servers against their own OpenAPI documents: each document is valid, and every answer of a running enterprise and
# bank, also to requests that schemathesis makes up, is one that the document tells. Makes a Python environment under the
# build folder.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../.."
target="${CARGO_TARGET_DIR:-$root/target}"
venv="$target/api-venv"
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi
export PYTHONDONTWRITEBYTECODE=1
cargo build --locked --manifest-path "$root/Cargo.toml" --bins
"$venv/bin/python" "$here/check.py" "$target/debug"
