#!/usr/bin/env bash
# Judges the packet vectors with another language's JOSE library. Makes a Python environment under the build folder.
# Arguments go to verify.py: without any, all vectors.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
venv="${CARGO_TARGET_DIR:-$here/../../target}/interop-venv"
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi
PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" "$here/verify.py" "$@"
