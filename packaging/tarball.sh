#!/usr/bin/env bash
# A tarball with both programs and an install.sh that puts them into one's own home. PROFILE as in deb.sh. Its last line is its path.
set -euo pipefail
cd "$(dirname "$0")/.."
profile="${PROFILE:-dist}"
target="${CARGO_TARGET_DIR:-target}"
folder="$profile"; [ "$profile" = dev ] && folder=debug
version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)"
name="hongbao-$version-linux-$(uname -m)"

cargo build --locked --profile "$profile" --bins
stage="$target/tarball/$name"
share="$stage/share"
rm -rf "$stage"
install -Dt "$stage/bin" "$target/$folder/hongbao" "$target/$folder/hongbao-server"
strip "$stage/bin/"*
"$stage/bin/hongbao" manual "$stage/made" > /dev/null
install -Dm644 -t "$share/man/man1" "$stage/made/man/"*.1
install -Dm644 -t "$share/zsh/site-functions" "$stage/made/completions/"_*
install -Dm644 -t "$share/fish/vendor_completions.d" "$stage/made/completions/"*.fish
for program in hongbao hongbao-server; do
  install -Dm644 "$stage/made/completions/$program.bash" "$share/bash-completion/completions/$program"
done
rm -rf "$stage/made"
install -Dm644 -t "$share/applications" packaging/linux/hongbao.desktop
install -Dm644 -t "$share/mime/packages" packaging/linux/hongbao.xml
install -Dm644 -t "$share/metainfo" packaging/linux/hongbao.metainfo.xml
install -d "$share/icons"
cp -R assets/icons/hicolor "$share/icons/"
install -m644 -t "$stage" LICENSE-APACHE LICENSE-MIT README.md CHANGELOG.md
install -m644 packaging/linux/copyright "$stage/COPYRIGHT"
install packaging/install.sh "$stage/"
tar --sort=name --owner=0 --group=0 --numeric-owner -C "$target/tarball" -czf "$target/$name.tar.gz" "$name"
rm -rf "$stage"
echo "$target/$name.tar.gz"
