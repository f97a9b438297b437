"""A bank on a small file system in memory fills it. What it cannot keep it refuses as something to try again later, and tells its
operator why; what it acknowledged is there, its audit is clean, and with room again it goes on without a restart."""

import json
import os
import subprocess
import sys

SERVER, PLACE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
DATA = os.path.join(PLACE, "bank")
LOG = PLACE + ".log"


def command(*words, ok=True):
    done = subprocess.run([SERVER, *words, "--data", DATA, "--json"], capture_output=True, text=True, timeout=60)
    if ok and done.returncode != 0:
        sys.exit(f"{words}: {done.returncode} {done.stderr}")
    return done


def open_account(number):
    return command("account", "open", "--holder", f"Holder {number}", "--identity", f"ID {number}", ok=False)


def holders():
    return {it["holder"] for it in json.loads(command("account", "list").stdout)}


def main():
    os.makedirs(PLACE)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", PLACE], check=True)
    try:
        serve = [SERVER, "serve", "--role", "bank", "--data", DATA, "--listen", "127.0.0.1:0", "--json"]
        with open(LOG, "w") as log, subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=log, text=True) as server:
            try:
                server.stdout.readline()
                fill_and_go_on(server)
            finally:
                server.kill()
    finally:
        subprocess.run(["umount", PLACE], check=True)


def fill_and_go_on(server):
    kept = {"Holder 0"}
    first = open_account(0)
    assert first.returncode == 0, first.stderr
    room = os.statvfs(PLACE)
    with open(os.path.join(PLACE, "ballast"), "wb") as ballast:
        ballast.write(b"x" * (room.f_bavail * room.f_frsize - 400 * 1024))
    number, refusals = 0, 0
    # A second refusal shows that the first one left the server as it was.
    while refusals < 3:
        number += 1
        assert number < 2000, "the disk never filled up"
        told = open_account(number)
        if told.returncode == 0:
            kept.add(f"Holder {number}")
            continue
        refusals += 1
        error = json.loads(told.stderr)["error"]
        assert "unavailable" in error["type"] and "nothing was lost" in json.dumps(error), f"not to be tried again: {error}"
    assert server.poll() is None, "the server is still there"
    assert "the disk is full" in open(LOG).read(), "the operator is told"
    subprocess.run(["mount", "-o", "remount,size=64m", PLACE], check=True)
    for more in range(5000, 5005):
        assert open_account(more).returncode == 0, "there is room again"
        kept.add(f"Holder {more}")
    assert holders() == kept, f"acknowledged and there: {holders() ^ kept}"
    assert json.loads(command("audit").stdout) == {"ok": True, "differences": []}
    print(f"full disk: {len(kept)} accounts acknowledged and there, {refusals} refused, and the operator told why")


main()
