"""Computes lucky draws by docs/packet-format.md section 11, from its text alone.

    draw.py                                     every draw of tests/vectors/draws.json
    draw.py SEED PACKET TOTAL SHARES [DRAW]     prints what each place gets; fails when the seed's hash is not DRAW
"""

import base64
import hashlib
import itertools
import json
import pathlib
import sys

from strict import from_base64url

VECTORS = pathlib.Path(__file__).parents[1] / "vectors/draws.json"


def to_base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def draw_of(seed):
    """What binds the bank to a seed."""
    return sha256(b"hongbao/1 draw", b"\0", seed)


def words(seed, packet):
    key = sha256(b"hongbao/1 shares", b"\0", seed, packet)
    for i in itertools.count():
        block = sha256(key, i.to_bytes(8, "big"))
        yield from (int.from_bytes(block[at : at + 8], "big") for at in range(0, 32, 8))


def shares(seed, packet, total, count):
    """What each place gets, first to last."""
    if not 1 <= count <= total:
        raise ValueError("there is not one minor unit for each share")
    stream = words(seed, packet)

    def up_to(bound):
        limit = 2**64 - 2**64 % bound
        return 1 + next(word for word in stream if word < limit) % bound

    chosen = set()
    for bound in range(total - count + 1, total):
        number = up_to(bound)
        chosen.add(bound if number in chosen else number)
    cuts = [0, *sorted(chosen), total]
    return [end - begin for begin, end in itertools.pairwise(cuts)]


def check(case):
    """What is wrong with a vector, in words; nothing if it holds."""
    seed, packet = from_base64url(case["seed"]), from_base64url(case["packet"])
    amounts = shares(seed, packet, case["total"], case["shares"])
    if to_base64url(draw_of(seed)) != case["draw"]:
        return "another hash of the seed"
    if len(amounts) != case["shares"] or sum(amounts) != case["total"] or min(amounts) < 1:
        return "not so many shares of at least one that sum to the pot"
    if to_base64url(sha256(" ".join(map(str, amounts)).encode("ascii"))) != case["sha256"]:
        return "another digest of the amounts"
    return "" if case.get("amounts", amounts) == amounts else "other amounts"


def main():
    if len(sys.argv) > 1:
        seed, packet = map(from_base64url, sys.argv[1:3])
        if len(sys.argv) > 5 and to_base64url(draw_of(seed)) != sys.argv[5]:
            sys.exit("the seed is not the one whose hash the packet has")
        print(*shares(seed, packet, int(sys.argv[3]), int(sys.argv[4])))
        return 0
    cases = json.loads(VECTORS.read_text("utf-8"))["draws"]
    wrong = 0
    for case in cases:
        why = check(case)
        wrong += bool(why)
        print(f"{'FAIL' if why else 'ok  '} draw of {case['total']} in {case['shares']} {why}".rstrip())
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
