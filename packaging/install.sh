#!/bin/sh
# Installs Hongbao into one's own home (or PREFIX), and registers its files and links. Run it from the unpacked folder.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
prefix="${PREFIX:-$HOME/.local}"
mkdir -p "$prefix"
cp -R "$here/bin" "$here/share" "$prefix/"
if command -v update-mime-database > /dev/null; then update-mime-database "$prefix/share/mime"; fi
if command -v update-desktop-database > /dev/null; then update-desktop-database "$prefix/share/applications"; fi
echo "Installed into $prefix. Make sure that $prefix/bin is in your PATH."
