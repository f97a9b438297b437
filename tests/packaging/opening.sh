#!/usr/bin/env bash
# Within a session bus and an empty home: files and links that a desktop opens reach the one window.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
ok() { printf 'ok   %s\n' "$1"; }
fail() { printf 'FAIL %s\n' "$1" >&2; exit 1; }
until_true() { for _ in $(seq 600); do if eval "$2"; then ok "$1"; return; fi; sleep 0.1; done; fail "$1"; }

unset HONGBAO_WALLET WAYLAND_DISPLAY XDG_DATA_HOME XDG_CONFIG_HOME XDG_CURRENT_DESKTOP
export XDG_RUNTIME_DIR="$HOME/run"
mkdir -m 700 "$XDG_RUNTIME_DIR"
# Without a new start each time xdotool, its only client, has gone: who comes at that moment is refused.
Xvfb -noreset -displayfd 4 -screen 0 1280x900x24 4> "$HOME/display" 2> /dev/null &
display=$! window=""
trap 'kill $window $display 2> /dev/null || true' EXIT
for _ in $(seq 300); do [ -s "$HOME/display" ] && break; sleep 0.1; done
DISPLAY=":$(cat "$HOME/display")"
export DISPLAY

packets="$root/tests/vectors/packets"
is_type() { [ "$(xdg-mime query filetype "$1")" = "$2" ] || fail "$1 is $2, not $(xdg-mime query filetype "$1")"; }
# By their names, and without them by what they begin with.
cp "$packets/gift.hongbao" "$HOME/attachment"
printf '{"format":"hongbao-contact/1"' > "$HOME/card"
printf '{"format":"hongbao-backup/1"' > "$HOME/backup"
is_type "$packets/gift.hongbao" application/vnd.hongbao+json
is_type "$HOME/attachment" application/vnd.hongbao+json
is_type "$HOME/card" application/vnd.hongbao.contact+json
is_type "$HOME/backup" application/vnd.hongbao.backup
printf 'age-encryption.org/v1\n' > "$HOME/gift.hongbao.age"
is_type "$HOME/gift.hongbao.age" application/vnd.hongbao.sealed
ok "packets, cards and backups have their types"
for type in application/vnd.hongbao+json application/vnd.hongbao.contact+json application/vnd.hongbao.sealed x-scheme-handler/hongbao; do
  [ "$(xdg-mime query default "$type")" = hongbao.desktop ] || fail "Hongbao opens $type"
done
ok "Hongbao opens packets, cards and links"

packets_of_wallet() { hongbao list --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'; }
windows() { xdotool search --class hongbao 2> /dev/null | wc -l; }
hongbao --lang en > "$HOME/window.log" 2>&1 &
window=$!
until_true "a window is open" '[ "$(windows)" -ge 1 ]'
before="$(windows)"

cp "$packets/gift.hongbao" "$HOME/来自 a friend.hongbao"
xdg-open "$HOME/来自 a friend.hongbao" > /dev/null
until_true "a file that xdg-open opens is in the window's wallet" '[ "$(packets_of_wallet)" = 1 ]'
# As GNOME's file manager does: by the file's address.
cp "$packets/lucky.hongbao" "$HOME/第二 one.hongbao"
gio open "$HOME/第二 one.hongbao" > /dev/null
until_true "so is one that a file manager opens" '[ "$(packets_of_wallet)" = 2 ]'
link="$(python3 - "$packets/goods.hongbao" <<'PYTHON'
import json, sys
file = json.load(open(sys.argv[1], encoding="utf-8"))
parts = [(key[0], file[key]) for key in ("packet", "voucher") if key in file] + [("h", hop) for hop in file.get("hops", [])]
print("hongbao:1?" + "&".join(f"{key}={value}" for key, value in parts))
PYTHON
)"
xdg-open "$link" > /dev/null
until_true "so is a link" '[ "$(packets_of_wallet)" = 3 ]'
said="$(hongbao "$HOME/attachment")" || fail "a second start ends with 0"
[[ "$said" == *"window that is open"* ]] || fail "a second start says that it handed over: $said"
ok "a second start hands over and ends"
[ "$(windows)" = "$before" ] || fail "there is one window"
kill -0 "$window" || fail "the first one goes on"
ok "there is one window, and it goes on"

kill -9 "$window"
wait "$window" 2> /dev/null || true
until_true "it was killed" '[ "$(windows)" = 0 ]'
hongbao --lang en > "$HOME/window.log" 2>&1 &
window=$!
until_true "the next start is a window again" '[ "$(windows)" -ge 1 ]'
