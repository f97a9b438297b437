#!/usr/bin/env bash
# What disks do to servers: the power fails under load (a preloaded library undoes what was not synced), a disk lies about
# syncing (and is found out), a disk is full (and has room again). Needs a C compiler, Python 3 with its SQLite, and root for a
# small file system in memory.
set -euo pipefail
cd "$(dirname "$0")/../.."
target="${CARGO_TARGET_DIR:-target}"
server="$target/debug/hongbao-server"
[ -x "$server" ] || cargo build --locked --bins
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

cc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$work/powerloss.so" tests/faults/powerloss.c -ldl -lpthread

# Loads servers of its own that are killed on the way, each kill a power loss; prints what the load command found.
failing_power() { # name, further environment, load's arguments
  local name="$1" lie="$2"; shift 2
  mkdir -p "$work/$name/data" "$work/$name/log"
  env $lie LD_PRELOAD="$work/powerloss.so" POWERLOSS_DIR="$work/$name/data" POWERLOSS_LOG="$work/$name/log" \
    "$server" load "$@" --own "$work/$name/data" --connections 8 --kill --json
}

rounds="${1:-2}"
kills=0 undone=0
for round in $(seq "$rounds"); do
  for kind in "notices --count 1500" "collects --count 300 --one-packet 200" "collects --count 150" "rewards --count 150 --rate 50"; do
    # shellcheck disable=SC2086
    told="$(failing_power "power-$round-${kind//[^a-z0-9]/}" "" $kind)"
    read -r killed lost ok < <(python3 -c 'import json, sys; it = json.load(sys.stdin); print(it["kills"], it["lost"], it["books"]["ok"])' <<<"$told")
    [ "$lost $ok" = "0 True" ] || { echo "lost by a power failure: $told"; exit 1; }
    kills=$((kills + killed))
  done
done
for list in "$work"/power-*/log/undone; do
  [ -e "$list" ] && undone=$((undone + $(awk '{ sum += $1 } END { print sum }' "$list")))
done
[ "$kills" -gt 0 ] || { echo "nobody was killed"; exit 1; }
# Not zero, or the library undoes nothing and the test shows nothing.
[ "$undone" -gt 0 ] || { echo "nothing was unsynced at any kill"; exit 1; }
echo "power: $kills failures, $undone writes lost, nothing that was acknowledged"

# A disk that says it synced and did not must be found out, or the above finds nothing.
noticed=0
for round in 1 2 3; do
  failing_power "lie-$round" POWERLOSS_LIE=1 notices --count 1500 >"$work/told" 2>&1 || noticed=1
  [ "$noticed" = 1 ] && break
done
[ "$noticed" = 1 ] || { echo "a lying disk went unnoticed"; cat "$work/told"; exit 1; }
echo "a disk that lies is found out"

python3 tests/faults/full_disk.py "$server" "$work/full"
