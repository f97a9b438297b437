"""Drives the whole story by the commands of docs/cli.md alone, and judges the fresh packets with our own verifier.

    story.py FOLDER_OF_PROGRAMS

An enterprise, two banks and two wallets, each a process with its own folder; every answer also fits
docs/cli.schema.json.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import jsonschema

from packet import Packet, judge

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "docs" / "cli.schema.json").read_text("utf-8"))
FAMILIES = {"account", "friend", "issuer", "bank", "member", "campaign", "packet"}
COUNTS = {True: 0, False: 0}


def check(what, good, seen=""):
    COUNTS[bool(good)] += 1
    print(f"{'ok  ' if good else 'FAIL'} {what} {'' if good else seen}".rstrip())


class Program:
    def __init__(self, command, prefix, options, environment=None):
        self.command, self.prefix, self.options = command, prefix, options
        self.environment = {**os.environ, **(environment or {})}

    def __call__(self, *words):
        arguments = [self.command, *map(str, words), *map(str, self.options), "--json"]
        ended = subprocess.run(arguments, env=self.environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            sys.exit(f"{' '.join(arguments)}: exit {ended.returncode}: {ended.stderr}")
        answer = json.loads(ended.stdout)
        name = self.prefix + "-".join(words[:2] if words[0] in FAMILIES else words[:1])
        jsonschema.validate(answer, SCHEMA | {"$ref": f"#/$defs/{name}"})
        return answer


@contextlib.contextmanager
def server(programs, folder, role, **config):
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    command = str(programs / "hongbao-server")
    serve = [command, "serve", "--role", role, "--data", str(folder), "--listen", "127.0.0.1:0", "--config", str(folder / "config.json")]
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(process.stdout.readline())
        jsonschema.validate(ready, SCHEMA | {"$ref": "#/$defs/server-ready"})
        yield Program(command, "server-", ["--data", folder]), ready["url"]
    finally:
        process.terminate()
        check(f"{role} stops when it is told to", process.wait(30) == 0)


def wallet(programs, folder):
    passphrase = folder.with_suffix(".passphrase")
    passphrase.write_text("a long passphrase\n", "utf-8")
    return Program(str(programs / "hongbao"), "", ["--wallet", folder], {"HONGBAO_PASSPHRASE_FILE": str(passphrase)})


def keys_of(url):
    with urllib.request.urlopen(f"{url}/.well-known/jwks.json") as answer:
        return json.load(answer)


def until(what, ask):
    for _ in range(300):
        if found := ask():
            return found
        time.sleep(0.1)
    sys.exit(f"this never happened: {what}")


def story(programs, home):
    with (
        server(programs, home / "enterprise", "enterprise", name="Fulai Ltd") as (enterprise, enterprise_url),
        server(programs, home / "issuing", "bank", name="Linjiang Bank", account_prefix="620000") as (issuing, issuing_url),
        server(programs, home / "collecting", "bank", name="Shanqian Bank", account_prefix="620001") as (collecting, collecting_url),
    ):
        issuing("member", "add", collecting_url, "--prefix", "620001")
        collecting("member", "add", issuing_url, "--prefix", "620000")
        payer = issuing("account", "open", "--holder", "Fulai Ltd", "--applicant", enterprise_url, "--deposit", "1000.00CNY")
        ming, hao = wallet(programs, home / "ming"), wallet(programs, home / "hao")
        accounts = {}
        for name, person in (("ming", ming), ("hao", hao)):
            person("issuer", "add", enterprise_url)
            for bank in (issuing_url, collecting_url):
                person("bank", "add", bank)
            opened = collecting("account", "open", "--holder", name, "--identity", f"ID {name}")
            person("account", "link", opened["account"], "--code", opened["code"])
            accounts[name] = opened["account"]
        card = home / "ming.hongbao-contact"
        ming("identity", "--card", card)
        campaign = enterprise(
            "campaign", "create", "--title", "Fulai Ltd", "--greeting", "Happy New Year", "--count", 2, "--amount", "88.00CNY",
            "--mode", "each", "--shares", 2, "--reward", "1.00CNY", "--when", "opened", "--per-person", 5, "--expires", "30d",
            "--bank", issuing_url, "--account", payer["account"],
        )
        issued = enterprise("packet", "issue", "--campaign", campaign["id"], "--count", 1, "--to", card)["packets"][0]
        bearer = enterprise("packet", "issue", "--campaign", campaign["id"], "--count", 1, "--out", home / "out")["packets"][0]
        packet = issued["id"]
        until("the packet arrives", lambda: packet in ming("sync")["received"])
        check("Ming opens", ming("open", packet)["notice"] == "answered")
        forwarded, link = home / "for-hao.hongbao", None
        ming("forward", packet, "--save", forwarded)
        link = ming("forward", packet, "--link")["link"]
        check("Hao takes the file in", hao("import", forwarded)["id"] == packet)
        check("Hao's opening rewards Ming", hao("open", packet)["receipt"] == "rewarded")
        for name, person in (("ming", ming), ("hao", hao)):
            paid = person("collect", packet, "--account", accounts[name], "--wait", 30)
            check(f"{name} is paid", paid["state"] == "paid", paid)
        reward = until("the reward arrives", lambda: ming("sync") and ming("rewards"))[0]
        paid = ming("collect", reward["id"], "--account", accounts["ming"], "--wait", 30)
        check("Ming's reward is paid", paid["state"] == "paid", paid)
        balance = collecting("account", "show", accounts["ming"])["balance"]
        check("89 yuan are in Ming's account", balance == {"minor": 8900, "currency": "CNY"}, balance)
        row = until("the enterprise hears", lambda: [r for r in enterprise("stats")["packets"] if r["id"] == packet and r["collected"] == 2])[0]
        check("the enterprise can account for it", (row["opened"], row["forwarded"], row["rewarded"]) == (2, 1, 1), row)
        for name, party in (("enterprise", enterprise), ("issuing bank", issuing), ("collecting bank", collecting)):
            check(f"the {name}'s books are in order", party("audit")["ok"])
        fresh_packets(enterprise_url, issuing_url, [pathlib.Path(bearer["path"]), forwarded], link)


def fresh_packets(issuer, bank, files, link):
    """The packets that were just made, judged by the other implementation."""
    by_issuer = {"issuers": {issuer: keys_of(issuer)}, "banks": {bank: {"name": "Linjiang Bank", "keys": keys_of(bank)}}}
    by_bank = by_issuer | {"issuers": {}}
    for trusted, trust in (("issuer and bank", by_issuer), ("bank alone", by_bank)):
        for file in files:
            verdict = judge(lambda file=file: Packet.from_file(file.read_bytes()), trust)[0]
            check(f"{file.name} is genuine to one who trusts {trusted}", verdict == "genuine", verdict)
        verdict = judge(lambda: Packet.from_link(link), trust)[0]
        check(f"the link is genuine to one who trusts {trusted}", verdict == "genuine", verdict)
    flipped = bytearray(files[0].read_bytes())
    flipped[len(flipped) // 2] ^= 1
    verdict = judge(lambda: Packet.from_file(bytes(flipped)), by_issuer)[0]
    check("one changed byte is noticed", verdict in ("not-genuine", "unreadable"), verdict)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        story(pathlib.Path(sys.argv[1]).absolute(), pathlib.Path(home))
    print(f"{COUNTS[True]} passed, {COUNTS[False]} failed")
    sys.exit(1 if COUNTS[False] else 0)
