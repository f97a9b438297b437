"""Judges every vector in tests/vectors, or the files and links given, with an implementation of its own.

    verify.py                                     all vectors; each must come to the verdict that cases.json says
    verify.py --trust trust.json FILE|LINK ...    prints the verdicts; all must be genuine
"""

import argparse
import json
import pathlib
import sys

from packet import Packet, judge

VECTORS = pathlib.Path(__file__).parents[1] / "vectors"


def judged(link, path, trust):
    """The verdict, its findings and, for what is malformed, why."""
    read = (lambda: Packet.from_link(link)) if link else (lambda: Packet.from_file(path.read_bytes()))
    result = judge(read, trust)
    return (*result, "") if len(result) == 2 else result


def vectors():
    document = json.loads((VECTORS / "cases.json").read_text("utf-8"))
    for case in document["cases"]:
        trust = document["trusts"][case["trust"]]
        verdict, findings, why = judged(case.get("link"), VECTORS / case.get("file", ""), trust)
        should = [(finding["check"], finding["result"], finding["reason"]) for finding in case["findings"]]
        came = f"{verdict} {' '.join(reason for _, _, reason in findings)} {why}".strip()
        yield case["name"], (verdict, findings) == (case["verdict"], should), came


def given_ones(given, trust):
    for what in given:
        link = what if what.startswith("hongbao:") else None
        verdict, findings, why = judged(link, pathlib.Path(what), trust)
        yield what[:60], verdict == "genuine", f"{verdict} {findings or ''} {why}".strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trust", type=pathlib.Path, help='{"issuers": {origin: JWKS}, "banks": {origin: {"keys": JWKS}}}')
    parser.add_argument("what", nargs="*", help="packet files or links")
    given = parser.parse_args()
    if given.what:
        nobody = {"issuers": {}, "banks": {}}
        cases = given_ones(given.what, nobody | json.loads(given.trust.read_text("utf-8")) if given.trust else nobody)
    else:
        cases = vectors()
    counts = {True: 0, False: 0}
    for name, good, came in cases:
        counts[good] += 1
        print(f"{'ok  ' if good else 'FAIL'} {name:30} {came}")
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] or not counts[True] else 0


if __name__ == "__main__":
    sys.exit(main())
