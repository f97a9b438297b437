#!/usr/bin/env bash
# Another language's view: judges the packet vectors with its JOSE library, then drives the whole story by the commands
# of docs/cli.md and judges the fresh packets. Makes a Python environment under the build folder.
# With arguments: `verify.py` with them, for single files or links.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../.."
target="${CARGO_TARGET_DIR:-$root/target}"
venv="$target/interop-venv"
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi
export PYTHONDONTWRITEBYTECODE=1
"$venv/bin/python" "$here/verify.py" "$@"
if [ $# -eq 0 ]; then
    "$venv/bin/python" "$here/draw.py"
    cargo build --locked --manifest-path "$root/Cargo.toml" --bins
    "$venv/bin/python" "$here/story.py" "$target/debug"
fi
