#!/usr/bin/env bash
# Builds the Debian package, installs it, has the standard tools judge what it brings, and opens files and a link as desktops do:
# all reach the window that is open. Then it is removed. Then the tarball, into an empty home. Installs what it needs on Debian.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}"
# Of the programs that other tests use too, unless one wants those that are published: PROFILE=dist.
export PROFILE="${PROFILE:-dev}"
logs="$CARGO_TARGET_DIR/packaging"
cd "$root"

ok() { printf 'ok   %s\n' "$1"; }
fail() { printf 'FAIL %s\n' "$1" >&2; exit 1; }
# Runs what is quiet when it is good.
try() { local what="$1"; shift; "$@" > "$logs/log" 2>&1 || { cat "$logs/log" >&2; fail "$what"; }; ok "$what"; }

needed=(desktop-file-validate appstreamcli update-mime-database update-desktop-database xdg-mime mimetype gio lintian mandoc man zsh fish
  Xvfb xdotool dbus-run-session dpkg-shlibdeps file python3)
if [ "$(command -v "${needed[@]}" | wc -l)" != "${#needed[@]}" ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    desktop-file-utils appstream shared-mime-info xdg-utils libfile-mimeinfo-perl libglib2.0-bin lintian mandoc man-db zsh fish \
    xvfb xdotool dbus dpkg-dev file python3 libgl1-mesa-dri > /dev/null
fi
mkdir -p "$logs"
if ! [ -x "$CARGO_TARGET_DIR/tools/bin/cargo-deb" ]; then
  try "cargo-deb is built" env -u CARGO_TARGET_DIR cargo install cargo-deb --version 3.8.0 --locked --root "$CARGO_TARGET_DIR/tools"
fi
export PATH="$CARGO_TARGET_DIR/tools/bin:$PATH"

rm -f "$CARGO_TARGET_DIR"/debian/hongbao_*.deb
try "the package is built" packaging/deb.sh --strip --fast
deb="$(ls "$CARGO_TARGET_DIR"/debian/hongbao_*.deb)"
try "lintian finds no error" lintian --allow-root --fail-on error --tag-display-limit 0 "$deb"

home="$(mktemp -d)"
trap 'dpkg --purge hongbao > /dev/null 2>&1 || true; rm -rf "$home"' EXIT
add() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --reinstall --allow-downgrades "$deb"; }
# A list of packages may be too old for what it depends on.
try "it is installed with what it depends on" eval 'add || { apt-get update -qq && add; }'
# Where the system's triggers are off, as in a container.
update-mime-database /usr/share/mime
update-desktop-database -q /usr/share/applications
for program in hongbao hongbao-server; do
  [ "$(command -v "$program")" = "/usr/bin/$program" ] || fail "$program is the installed one"
  "$program" --version > /dev/null
done
ok "both programs run"

try "the desktop entry is valid" desktop-file-validate /usr/share/applications/hongbao.desktop
try "the AppStream metadata is valid" appstreamcli validate --no-net /usr/share/metainfo/hongbao.metainfo.xml
pages=(/usr/share/man/man1/hongbao*.1.gz)
[ "${#pages[@]}" -gt 20 ] || fail "there are man pages: ${#pages[@]}"
for page in "${pages[@]}"; do
  zcat "$page" | mandoc -T lint -W error > "$logs/log" || { cat "$logs/log" >&2; fail "mandoc: $page"; }
done
[[ "$(MANWIDTH=80 man hongbao-collect 2>&1)" == *"--account"* ]] || fail "man hongbao-collect"
ok "${#pages[@]} man pages"
bash -n /usr/share/bash-completion/completions/hongbao
bash -n /usr/share/bash-completion/completions/hongbao-server
for program in hongbao hongbao-server; do
  zsh -n "/usr/share/zsh/vendor-completions/_$program"
  fish --no-execute "/usr/share/fish/vendor_completions.d/$program.fish"
done
# What a person gets after a tab.
tab="$(bash -c 'source /usr/share/bash-completion/completions/hongbao; COMP_WORDS=(hongbao ba); COMP_CWORD=1; _hongbao hongbao ba hongbao; echo "${COMPREPLY[*]}"')"
[[ "$tab" == *backup* && "$tab" == *bank* ]] || fail "bash completes: $tab"
tab="$(HOME="$home" fish -c 'complete -C "hongbao ba"')"
[[ "$tab" == *backup* && "$tab" == *bank* ]] || fail "fish completes: $tab"
ok "completions of bash, zsh and fish"
for size in 16 24 32 48 64 128 256; do
  [[ "$(file -b "/usr/share/icons/hicolor/${size}x$size/apps/hongbao.png")" == "PNG image data, $size x $size, "* ]] || fail "icon of $size"
done
[ -s /usr/share/icons/hicolor/scalable/apps/hongbao.svg ] || fail "drawn icon"
ok "icons"

HOME="$home" LIBGL_ALWAYS_SOFTWARE=1 dbus-run-session -- "$here/opening.sh"

mapfile -t files < <(dpkg -L hongbao)
try "it is removed" dpkg --purge hongbao
for file in "${files[@]}"; do [ -d "$file" ] || [ ! -e "$file" ] || fail "it leaves $file behind"; done
update-mime-database /usr/share/mime
update-desktop-database -q /usr/share/applications
filetype() { XDG_DATA_HOME="$1" HOME="$home" xdg-mime query filetype tests/vectors/packets/gift.hongbao; }
[ "$(filetype "$home/none")" != application/vnd.hongbao+json ] || fail "it leaves its type behind"
ok "nothing is left behind"

try "the tarball is made" packaging/tarball.sh
tar -C "$home" -xzf "$(tail -1 "$logs/log")"
try "it is installed into a home" env HOME="$home" "$home"/hongbao-*/install.sh
[[ "$("$home/.local/bin/hongbao" --version)" == hongbao* ]] || fail "the tarball's program runs"
[ "$(filetype "$home/.local/share")" = application/vnd.hongbao+json ] || fail "the tarball registers the type"
[ "$(XDG_DATA_HOME="$home/.local/share" HOME="$home" xdg-mime query default x-scheme-handler/hongbao)" = hongbao.desktop ] || fail "and the links"
ok "its program runs, and types and links are registered"
