#!/usr/bin/env bash
# The page of a download link in a real browser: a bank, an enterprise and wallets as processes, Debian's Chromium without a display.
# Installs what it needs; what cannot be installed is a failure. Pictures go to the folder given, or the build folder's browser.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../.."
target="${CARGO_TARGET_DIR:-$root/target}"
pictures="${1:-$target/browser}"
venv="$target/browser-venv"

if ! command -v chromium chromedriver > /dev/null || ! fc-list :lang=zh 2> /dev/null | grep -q .; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium chromium-driver fontconfig fonts-noto-cjk > /dev/null
fi
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi
cargo build --locked --manifest-path "$root/Cargo.toml" --bins
export PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" "$here/page.py" "$target/debug" "$pictures"
