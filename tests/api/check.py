"""Starts an enterprise and a bank, gives them something to tell of, and holds every answer against their documents.

    check.py FOLDER_OF_PROGRAMS

First the documents themselves are judged; then known requests, each of which must be answered 200; then what
schemathesis makes up, for a bounded time.
"""

import contextlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import requests
import schemathesis
from openapi_spec_validator import OpenAPIV31SpecValidator

from season import season
from signing import Key, Signed, uuid7

HERE = pathlib.Path(__file__).parent
SECRET = bytes(range(32))
FAILURES = []
# Seconds for each of four documents, and what the requests are made up from.
MADE_UP_SECONDS = os.environ.get("HONGBAO_MADE_UP_SECONDS", "35")
MADE_UP_EXAMPLES = os.environ.get("HONGBAO_MADE_UP_EXAMPLES", "40")
MADE_UP_FROM = os.environ.get("HONGBAO_MADE_UP_FROM", "1")


def check(what, good, seen=""):
    if not good:
        FAILURES.append(what)
    print(f"{'ok  ' if good else 'FAIL'} {what} {'' if good else seen}".rstrip(), flush=True)


class Server:
    def __init__(self, programs, folder, role, ready):
        self.programs, self.folder, self.role, self.url, self.admin_url = programs, folder, role, ready["url"], ready["admin_url"]
        self.token = (folder / "admin.token").read_text("utf-8").strip()
        self.documents = {}
        for admin in (False, True):
            printed = subprocess.run(
                [programs / "hongbao-server", "openapi", "--role", role, *(["--admin"] if admin else []), "--json"],
                capture_output=True, check=True,
            )
            document = json.loads(printed.stdout)
            served = self.ask("/admin/openapi.json" if admin else "/openapi.json", admin=admin).json()
            name = document["info"]["title"]
            check(f"{name}: served as it is printed", document == served)
            faults = [fault.message for fault in OpenAPIV31SpecValidator(document).iter_errors()]
            check(f"{name}: valid OpenAPI 3.1", not faults, faults)
            self.documents[admin] = schemathesis.openapi.from_dict(document)

    def ask(self, path, body=None, admin=False, auth=None):
        url, method = f"http://{self.address(admin)}{path}", "GET" if body is None else "POST"
        return requests.request(method, url, json=body, headers=self.door(admin), auth=auth, timeout=60)

    def address(self, admin):
        return (self.admin_url if admin else self.url).removeprefix("http://")

    def door(self, admin):
        return {"Authorization": f"Bearer {self.token}"} if admin else {}

    def known(self, template, body=None, admin=False, auth=None, query="", **names):
        """Asks what must be answered 200 and as the document tells; gives the answer."""
        answer = self.ask(template.format(**names) + query, body, admin, auth)
        what = f"{self.role} {'GET' if body is None else 'POST'} {template}"
        check(f"{what} is answered", answer.status_code == 200, answer.text)
        method = "GET" if body is None else "POST"
        try:
            self.documents[admin][template][method].validate_response(answer)
            check(f"{what} fits its document", True)
        except Exception as unfit:  # noqa: BLE001 - schemathesis raises groups of its own
            check(f"{what} fits its document", False, unfit)
        return answer.json() if answer.headers["content-type"].startswith("application/") else None

    def made_up(self, admin):
        """Lets schemathesis ask for a bounded time."""
        environment = {**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks"}
        command = [
            str(pathlib.Path(sys.executable).parent / "schemathesis"), "--config-file", str(HERE / "schemathesis.toml"),
            "run", (self.admin_url + "/admin/openapi.json") if admin else (self.url + "/openapi.json"),
            "--phases", "coverage,fuzzing", "--max-time", MADE_UP_SECONDS, "--max-examples", MADE_UP_EXAMPLES, "--workers", "1",
            "--seed", MADE_UP_FROM, "--generation-database", "none", "--request-timeout", "30", "--continue-on-failure",
        ]
        if admin:
            command += ["--header", f"Authorization: Bearer {self.token}", "--output-sanitize", "true"]
        else:
            environment |= {"HONGBAO_SIGNS_FOR": self.url, "HONGBAO_SIGNS_WITH": SECRET.hex()}
        ended = subprocess.run(command, env=environment, cwd=self.folder, check=False)
        check(f"{self.role}{', admin API' if admin else ''}: made-up requests", ended.returncode == 0)


@contextlib.contextmanager
def server(programs, folder, role, **config):
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    serve = [programs / "hongbao-server", "serve", "--role", role, "--data", folder, "--listen", "127.0.0.1:0", "--config", folder / "config.json"]
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
    try:
        yield Server(programs, folder, role, json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        check(f"{role} stops when it is told to", process.wait(30) == 0)


def wallet(programs, folder):
    passphrase = folder.with_suffix(".passphrase")
    passphrase.write_text("a long passphrase\n", "utf-8")

    def run(*words):
        command = [programs / "hongbao", *map(str, words), "--wallet", folder, "--json"]
        ended = subprocess.run(command, env={**os.environ, "HONGBAO_PASSPHRASE_FILE": str(passphrase)}, capture_output=True, text=True, check=False)
        if ended.returncode:
            sys.exit(f"{words}: {ended.stderr}")
        return json.loads(ended.stdout)

    return run


def known_requests(programs, home, bank, enterprise):
    """Something to tell of: accounts, a campaign, packets, an opening, a payment; and every route that can answer 200 so."""
    client = Key(SECRET)
    opening = {"request": uuid7(), "holder": "Fulai Ltd", "applicant": enterprise.url, "deposit": {"minor": 100000, "currency": "CNY"}}
    payer = bank.known("/admin/accounts", opening, admin=True)["account"]
    person = bank.known("/admin/accounts", {"request": uuid7(), "holder": "Ming", "identity": "ID 1"}, admin=True)
    account = {"account": person["account"]}
    bank.known("/admin/accounts", admin=True)
    bank.known("/admin/accounts/{account}/deposits", {"request": uuid7(), "amount": {"minor": 1, "currency": "CNY"}}, admin=True, **account)
    fresh = bank.known("/admin/accounts/{account}/code", {}, admin=True, **account)
    bank.known("/v1/links", {"account": person["account"], "code": fresh["code"]}, auth=Signed(client, bank.url))
    ours = bank.known("/admin/accounts/{account}/code", {}, admin=True, **account)

    campaign = enterprise.known("/admin/campaigns", {
        "request": uuid7(), "title": "Fulai Ltd", "greeting": "Happy New Year", "count": 3, "amount": {"minor": 8800, "currency": "CNY"},
        "shares": 2, "reward": {"minor": 100, "currency": "CNY"}, "per_person": 2, "expires": 86400, "bank": bank.url, "account": payer,
    }, admin=True)
    enterprise.known("/admin/campaigns", admin=True)
    enterprise.known("/admin/campaigns/{id}", admin=True, id=campaign["id"])
    ming = wallet(programs, home / "ming")
    ming("issuer", "add", enterprise.url)
    ming("bank", "add", bank.url)
    ming("account", "link", person["account"], "--code", ours["code"])
    ming("identity", "--card", home / "card")
    card = json.loads((home / "card").read_text("utf-8"))
    order = {"request": uuid7(), "campaign": campaign["id"], "count": 1}
    issued = enterprise.known("/admin/packets", {**order, "to": card}, admin=True)["packets"][0]
    enterprise.known("/admin/packets", {**order, "request": uuid7()}, admin=True)
    enterprise.known("/admin/packets/{id}/file", admin=True, id=issued["id"])
    enterprise.known("/p/{id}", id=issued["link"].rsplit("/", 1)[1])
    for _ in range(100):
        if issued["id"] in ming("sync")["received"]:
            break
        time.sleep(0.1)
    opened = ming("open", issued["id"])
    check("a packet is opened, and the notice answered", opened["notice"] == "answered", opened)
    paid = ming("collect", issued["id"], "--account", person["account"], "--wait", 30)
    check("a packet is paid", paid["state"] == "paid", paid)

    bank.known("/v1/vouchers/{packet}", packet=issued["id"])
    bank.known("/admin/accounts/{account}", admin=True, **account)
    for path in ("/admin/members", "/admin/books"):
        bank.known(path, admin=True)
    enterprise.known("/admin/stats", admin=True)
    enterprise.known("/admin/stats", admin=True, query=f"?campaign={campaign['id']}")
    enterprise.known("/admin/retry", {}, admin=True)
    enterprise.known("/v1/inbox", auth=Signed(client, enterprise.url), query="?after=0")
    enterprise.known("/v1/openings", auth=Signed(client, enterprise.url), query="?after=0")
    delivery = {"to": client.thumbprint, "head": issued["id"]}
    states = enterprise.known("/v1/relay/states", {"deliveries": [delivery]}, auth=Signed(client, enterprise.url))
    check("a delivery that there is not is unknown", states == {"states": ["unknown"]}, states)
    recalled = enterprise.known("/v1/relay/recall", delivery, auth=Signed(client, enterprise.url))
    check("and is not taken back", recalled == {"state": "unknown"}, recalled)
    for party in (bank, enterprise):
        for path in ("/.well-known/hongbao.json", "/.well-known/jwks.json"):
            party.known(path)


def hostile_requests(bank, enterprise):
    """What no client library sends, and what frameworks like to answer in their own words: always a problem document."""
    json_type = {"Content-Type": "application/json"}
    for party, admin, method, path, body, headers, expected in [
        (enterprise, False, "GET", "/nothing", b"", {}, "404 not-found"),
        (enterprise, False, "GET", "//v1//inbox", b"", {}, "404 not-found"),
        (enterprise, False, "OPTIONS", "/v1/inbox", b"", {}, "405 method-not-allowed"),
        (enterprise, False, "TRACE", "/v1/notices", b"", {}, "405 method-not-allowed"),
        (enterprise, False, "BREW", "/openapi.json", b"", {}, "405 method-not-allowed"),
        (enterprise, False, "GET", "/p/%00", b"", {}, "404 not-found"),
        (enterprise, False, "GET", "/p/%ff", b"", {}, "400 bad-request"),
        (enterprise, False, "GET", "/p/a%2Fb", b"", {}, "404 not-found"),
        (enterprise, False, "GET", "/p/" + 9000 * "a", b"", {}, "404 not-found"),
        (enterprise, False, "GET", "/v1/inbox?after=x", b"", {}, "401 unauthorized"),
        (enterprise, True, "GET", "/admin/campaigns/%00", b"", {}, "404 unknown-campaign"),
        (enterprise, True, "GET", "/admin/packets/%00/file", b"", {}, "404 not-found"),
        (enterprise, True, "GET", "/admin/stats?campaign=%00", b"", {}, "404 unknown-campaign"),
        (enterprise, True, "GET", "/admin/stats?campaign=a&campaign=b", b"", {}, "400 bad-request"),
        (enterprise, True, "POST", "/admin/packets", b"a" * (2 * 1024 * 1024 + 1), json_type, "413 too-large"),
        (enterprise, True, "POST", "/admin/campaigns", b"null", json_type, "400 bad-request"),
        (bank, False, "GET", "/v1/vouchers/%ff", b"", {}, "400 bad-request"),
        (bank, False, "GET", "/v1/vouchers/%00", b"", {}, "404 not-found"),
        (bank, False, "GET", "/v1/feed", b"", {}, "401 unauthorized"),
        (bank, True, "GET", "/admin/accounts/%00", b"", {}, "400 bad-request"),
        (bank, True, "POST", "/admin/accounts", b"[]", json_type, "400 bad-request"),
        *(
            case
            for party, path in ((enterprise, "/v1/notices"), (bank, "/v1/funds"), (bank, "/v1/collections"), (bank, "/v1/orders"))
            for case in (
                (party, False, "POST", path, b"", {}, "415 unsupported-media-type"),
                (party, False, "POST", path, b"{}", {"Content-Type": "text/plain"}, "415 unsupported-media-type"),
                (party, False, "POST", path, b"\xff\xfe", json_type, "400 bad-request"),
                (party, False, "POST", path, b"[" * 300, json_type, "400 bad-request"),
                (party, False, "POST", path, b'{"a":1,"a":1}', json_type, "400 bad-request"),
                (party, False, "POST", path, b'"' + b"a" * 70000 + b'"', json_type, "413 too-large"),
            )
        ),
    ]:
        # Below any library that would put the path or the method right.
        connection = http.client.HTTPConnection(party.address(admin), timeout=30)
        connection.putrequest(method, path)
        for name, value in {**headers, "Content-Length": len(body), **party.door(admin)}.items():
            connection.putheader(name, str(value))
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read()
        try:
            code = json.loads(text)["type"].removeprefix("urn:hongbao:problem:")
        except (ValueError, KeyError):
            code = text
        seen = f"{answer.status} {code}"
        is_problem = answer.headers["content-type"] == "application/problem+json"
        check(f"{party.role} {method} {path[:40]} with {len(body)} bytes: {expected}", seen == expected and is_problem, seen)


def main(programs, home):
    quiet = {"requests_per_second": 0}
    holds = {"burst_openings": 2}
    with server(programs, home / "bank", "bank", name="Linjiang Bank", **quiet) as bank, server(
        programs, home / "enterprise", "enterprise", name="Fulai Ltd", holds=holds, **quiet
    ) as enterprise:
        known_requests(programs, home, bank, enterprise)
        season(check, bank, enterprise)
        hostile_requests(bank, enterprise)
        for party in (bank, enterprise):
            for admin in (False, True):
                party.made_up(admin)
        for party in (bank, enterprise):
            audit = [programs / "hongbao-server", "audit", "--data", party.folder, "--json"]
            ended = subprocess.run(audit, capture_output=True, text=True, check=False)
            check(f"the {party.role}'s books are in order after all that", ended.returncode == 0, ended.stdout)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        main(pathlib.Path(sys.argv[1]).absolute(), pathlib.Path(home))
    print(f"{len(FAILURES)} failed: {FAILURES}")
    sys.exit(1 if FAILURES else 0)
