#!/usr/bin/env bash
# The real window on a virtual display, found and read as a screen reader finds and reads it, clicked with a real pointer.
# Then two wallets as two windows, and a desktop that shows notices. Installs what it needs; what cannot be installed is a failure. Pictures go to the folder given, or the build folder's window.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../.."
target="${CARGO_TARGET_DIR:-$root/target}"
pictures="${1:-$target/window}"
# The distribution's own Python: its packages for accessibility belong to no other.
python=/usr/bin/python3

is_ready() {
    command -v Xvfb xdotool import dbus-run-session > /dev/null &&
        [ -x /usr/libexec/at-spi-bus-launcher ] &&
        "$python" -c 'import gi, Xlib; gi.require_version("Atspi", "2.0")' 2> /dev/null
}

if ! is_ready; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        xvfb xdotool imagemagick libgl1-mesa-dri libgl1 libegl1 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0 \
        dbus at-spi2-core gir1.2-atspi-2.0 python3 python3-gi python3-xlib > /dev/null
fi
is_ready || { echo "what the window's test needs is not there" >&2; exit 1; }

cargo build --locked --manifest-path "$root/Cargo.toml" --bins
export PYTHONDONTWRITEBYTECODE=1 NO_AT_BRIDGE=0 LIBGL_ALWAYS_SOFTWARE=1
dbus-run-session -- "$python" "$here/window.py" "$target/debug" "$pictures"
dbus-run-session -- "$python" "$here/friends.py" "$target/debug" "$pictures/friends"
