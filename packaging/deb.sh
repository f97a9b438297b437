#!/usr/bin/env bash
# Builds the Debian package with both programs. PROFILE names the build profile (dist is what is published); options go to cargo-deb.
set -euo pipefail
cd "$(dirname "$0")/.."
profile="${PROFILE:-dist}"
target="${CARGO_TARGET_DIR:-target}"
folder="$profile"; [ "$profile" = dev ] && folder=debug

cargo build --locked --profile "$profile" --bins
# cargo-deb takes what is made here from beside Cargo.toml, wherever the build folder is.
rm -rf packaging/made
trap 'rm -rf packaging/made' EXIT
"$target/$folder/hongbao" manual packaging/made
gzip -9n packaging/made/man/*.1
gzip -9nc CHANGELOG.md > packaging/made/changelog.gz
maintainer="$(sed -n 's/^maintainer = "\(.*\)"/\1/p' Cargo.toml)"
version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)"
made="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"
printf 'hongbao (%s-1) unstable; urgency=medium\n\n  * What changed: /usr/share/doc/hongbao/changelog.gz.\n\n -- %s  %s\n' \
  "$version" "$maintainer" "$(date -R --utc --date="@$made")" > packaging/made/changelog.Debian
cargo deb --no-build --locked --profile "$profile" --output "$target/debian/" "$@"
