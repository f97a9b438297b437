"""A season by valid requests of our own: each route that a signed message opens is answered 200, and as its document tells.

Here an applicant, a member bank and clients are this program: it keeps their keys and signs what docs/protocol.md asks for.
"""

import base64
import http.server
import json
import os
import threading
import time

from signing import Key, Signed, digest, encode, uuid7

CNY = "CNY"
DAY = 86400


def cny(minor):
    return {"minor": minor, "currency": CNY}


class Party(Key):
    """An enterprise or a bank that only says who it is and signs."""

    def __init__(self, role, name, prefixes=()):
        super().__init__(os.urandom(32))
        about = {"role": role, "name": name, "keys": [self.jwk], "account_prefixes": list(prefixes)}

        class Discovery(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({**about, "origin": self.server.origin} if "hongbao.json" in self.path else {"keys": about["keys"]})
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Discovery)
        self.url = self.server.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def asks(self, other):
        return Signed(self, other.url, self.url)

    def tells(self, other, typ, **claims):
        """A signed message of this party's to another."""
        return self.sign_named(typ, {"iss": self.url, "aud": other.url, "jti": uuid7(), "iat": int(time.time()), **claims})


class Shop(Party):
    """An enterprise that issues packets by itself."""

    def __init__(self):
        super().__init__("enterprise", "Chunxi Shop")
        self.serial = 0

    def packet(self, contents, **more):
        self.serial += 1
        now = int(time.time())
        envelope = {"title": "Chunxi Shop", "greeting": "Happy New Year", "serial": self.serial}
        claims = {"iss": self.url, "jti": uuid7(), "iat": now, "nbf": now, "exp": now + DAY, "campaign": "spring", "envelope": envelope}
        return self.sign_named("hongbao+jwt", {**claims, "contents": contents, **more})


def season(check, bank, enterprise):
    bank_side(check, bank)
    enterprise_side(check, bank, enterprise)


def client_with_account(bank, holder, hold=False):
    """A new client, and its account at the bank."""
    client = Key(os.urandom(32))
    opened = bank.known("/admin/accounts", {"request": uuid7(), "holder": holder, "identity": f"ID {holder}", "hold": hold}, admin=True)
    bank.known("/v1/links", {"account": opened["account"], "code": opened["code"]}, auth=Signed(client, bank.url))
    return client, opened["account"]


def bank_side(check, bank):
    shop = Shop()
    opening = {"request": uuid7(), "holder": "Chunxi Shop", "applicant": shop.url, "deposit": cny(100000)}
    account = bank.known("/admin/accounts", opening, admin=True)["account"]
    source = {"account": account}

    draw = bank.known("/v1/draws", {"request": uuid7(), "count": 1}, auth=shop.asks(bank))["draws"][0]
    fund = shop.tells(bank, "hongbao-fund+jwt", account=account, campaign="spring", total=cny(500), per_person=5, until=int(time.time()) + DAY)
    bank.known("/v1/funds", {"fund": fund})

    money = {"kind": "bank", "bank": bank.url, "amount": cny(100), "mode": "each", "shares": 3, "revocable": True}
    lots = {**money, "amount": cny(200), "mode": "lucky", "shares": 2, "draw": draw}
    goods = {"kind": "goods", "item": "Tea", "quantity": 1, "merchant": "Chunxi Shop", "redeem": "At the counter", "mode": "each", "shares": 2,
             "cash": {"bank": bank.url, "amount": cny(100)}}
    each, lucky, tea = shop.packet(money), shop.packet(lots), shop.packet(goods)
    vouchers = {each: bank.known("/v1/vouchers", {"packet": each, "source": source}, auth=shop.asks(bank))["voucher"]}
    applications = [{"packet": packet, "source": source} for packet in (lucky, tea)]
    answers = bank.known("/v1/vouchers/batch", {"applications": applications}, auth=shop.asks(bank))["answers"]
    vouchers |= {packet: answer["voucher"] for packet, answer in zip((lucky, tea), answers)}
    bank.known("/v1/feed", auth=shop.asks(bank), query="?after=0")

    ming, mings = client_with_account(bank, "Ming Season")
    chosen = bank.known("/v1/acceptance", {"account": mings, "acceptance": "auto"}, auth=Signed(ming, bank.url))
    check("a holder chooses how collections are accepted", chosen["acceptance"] == "auto", chosen)
    paid = settled(bank, ming, collect(bank, ming, mings, each, vouchers[each]))
    check("a valid collection is paid", paid["state"] == "paid" and paid["amount"] == cny(100), paid)
    paid = settled(bank, ming, collect(bank, ming, mings, lucky, vouchers[lucky]))
    check("so is a lucky one", paid["state"] == "paid", paid)
    desk(check, bank, each, vouchers[each])

    surrender = shop.tells(bank, "hongbao-surrender+jwt", packet=digest(tea), client=Key(os.urandom(32)).thumbprint)
    bank.known("/v1/surrenders", {"surrender": surrender})
    extend = shop.tells(bank, "hongbao-extend+jwt", packets=[digest(each)], reason="By request", until=int(time.time()) + 2 * DAY)
    bank.known("/v1/instructions", {"instruction": extend})
    withdraw = shop.tells(bank, "hongbao-withdraw+jwt", packets=[digest(each), digest(lucky)], reason="A misprint")
    bank.known("/v1/instructions", {"instruction": withdraw})
    withdrawn = bank.known("/v1/vouchers/{packet}", packet=digest(each))
    check("what was withdrawn says so", withdrawn["state"] == "withdrawn", withdrawn)
    bank.known("/v1/draws/{packet}", packet=digest(lucky), query="?after=0")
    bank.known("/admin/vouchers/{id}", admin=True, id=digest(each))
    other_bank(check, bank, tea, vouchers[tea])


def voucher_number(voucher):
    """What the bank signed tells its number."""
    payload = voucher.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["number"]


def collecting(bank, at, client, account, packet, voucher):
    """What a client signs to collect, and the salt that hides the account in it."""
    salt = encode(os.urandom(16))
    claims = {
        "aud": at, "jti": uuid7(), "iat": int(time.time()), "bank": bank.url, "voucher": voucher_number(voucher),
        "packet": digest(packet), "head": digest(packet), "account": digest(f"{salt}.{account}"),
    }
    return client.sign("hongbao-collect+jwt", claims), salt, claims["jti"]


def collect(bank, client, account, packet, voucher):
    signed, salt, collection = collecting(bank, bank.url, client, account, packet, voucher)
    body = {"collect": signed, "account": account, "salt": salt, "packet": packet, "voucher": voucher}
    bank.known("/v1/collections", body)
    return collection


def settled(bank, client, collection):
    """How a collection stands once the bank has nothing left to do by itself."""
    for _ in range(100):
        status = bank.known("/v1/collections/{id}", auth=Signed(client, bank.url), id=collection)
        if status["state"] in ("paid", "rejected"):
            break
        time.sleep(0.1)
    return status


def desk(check, bank, packet, voucher):
    """Collections that wait for a clerk: one is accepted, one rejected."""
    for decide, body, expected in (
        ("accept", {"by": "Wang"}, "paid"),
        ("reject", {"by": "Wang", "reason": "declined", "text": "Please come to the counter"}, "rejected"),
    ):
        client, account = client_with_account(bank, f"Desk {decide}", hold=True)
        collection = collect(bank, client, account, packet, voucher)
        held = bank.known("/admin/collections", admin=True, query="?state=held")
        check(f"a collection waits for a clerk to {decide} it", any(row["id"] == collection for row in held["collections"]), held)
        bank.known("/admin/collections/{id}", admin=True, id=collection)
        bank.known(f"/admin/collections/{{id}}/{decide}", body, admin=True, id=collection)
        status = settled(bank, client, collection)
        check(f"a clerk can {decide}", status["state"] == expected, status)


def other_bank(check, bank, packet, voucher):
    """A bank that is this program orders a payment, and settles."""
    other = Party("bank", "Shanqian Bank", ["629999"])
    bank.known("/admin/members", {"origin": other.url, "prefix": "629999"}, admin=True)
    bank.known("/v1/holder-key", auth=other.asks(bank))
    client = Key(os.urandom(32))
    signed, _, _ = collecting(bank, other.url, client, "6299990000000000", packet, voucher)
    order = other.tells(bank, "hongbao-order+jwt", voucher=voucher_number(voucher), collect=signed, holder=digest("somebody"))
    bank.known("/v1/orders", {"order": order})
    owed = [due for due in bank.known("/admin/books", admin=True)["due_to"] if due["bank"] == other.url]
    check("what was ordered is owed", [due["amount"] for due in owed] == [cny(100)], owed)
    settle = {"request": uuid7(), "bank": other.url, "direction": "paid", "amount": cny(100)}
    bank.known("/admin/members/settlements", settle, admin=True)


def enterprise_side(check, bank, enterprise):
    opening = {"request": uuid7(), "holder": "Fulai Ltd", "applicant": enterprise.url, "deposit": cny(100000)}
    account = bank.known("/admin/accounts", opening, admin=True)["account"]
    campaign = enterprise.known("/admin/campaigns", {
        "request": uuid7(), "title": "Fulai Ltd", "greeting": "Happy New Year", "count": 8, "amount": cny(100), "shares": 5, "expires": DAY,
        "bank": bank.url, "account": account, "reward": cny(10), "per_person": 5, "max_hops": 3, "revocable": True,
    }, admin=True)
    for step in ("pause", "resume"):
        enterprise.known("/admin/campaigns/{id}/steps", {"step": step, "by": "Li", "reason": "A look"}, admin=True, id=campaign["id"])
    enterprise.known("/admin/campaigns/{id}/test", {"request": uuid7()}, admin=True, id=campaign["id"])
    batch_of_two(check, enterprise, campaign["id"])
    order = {"request": uuid7(), "campaign": campaign["id"], "count": 3}
    packets = enterprise.known("/admin/packets", order, admin=True)["packets"]
    check("three are issued", [packet["state"] for packet in packets] == ["issued"] * 3, packets)
    passed_on(check, enterprise, packets[0]["id"])
    reissue = {"request": uuid7(), "reason": "Lost", "by": "Li"}
    enterprise.known("/admin/packets/{id}/reissue", reissue, admin=True, id=packets[1]["id"])
    enterprise.known("/admin/find", admin=True, query=f"?serial={packets[1]['serial']}")
    about = {"reason": "A misprint", "packet": packets[2]["id"]}
    enterprise.known("/admin/instructions", {**about, "request": uuid7(), "extend_seconds": 2 * DAY}, admin=True)
    withdrawn = enterprise.known("/admin/instructions", {**about, "request": uuid7()}, admin=True)
    check("a packet is withdrawn", withdrawn["results"] == {"withdrawn": 1}, withdrawn)
    counter(check, enterprise)
    parcels(check, enterprise)
    missing(check, enterprise, {"amount": cny(100), "bank": bank.url, "account": account})
    enterprise.known("/admin/campaigns/{id}/steps", {"step": "close", "by": "Li"}, admin=True, id=campaign["id"])


def batch_of_two(check, enterprise, campaign):
    batch = uuid7()
    enterprise.known("/admin/batches", {"request": batch, "campaign": campaign, "size": 2, "listed": True}, admin=True)
    rows = [{"name": "Zhang", "note": "A friend of the house"}, {"name": "Li"}]
    enterprise.known("/admin/batches/{id}/rows", {"first": 1, "rows": rows}, admin=True, id=batch)
    for _ in range(100):
        view = enterprise.known("/admin/batches/{id}", admin=True, id=batch)
        if view["issued"] == 2:
            break
        time.sleep(0.1)
    check("a batch is issued", view["issued"] == 2, view)
    listed = enterprise.known("/admin/batches/{id}/rows", admin=True, id=batch, query="?after=0")
    check("its rows are answered", [row["name"] for row in listed["rows"]] == ["Zhang", "Li"], listed)


def hop(client, packet, to=None):
    claims = {"jti": uuid7(), "iat": int(time.time()), "n": 1, "prev": digest(packet)}
    return client.sign("hongbao-hop+jwt", {**claims, **({"to": to.thumbprint} if to else {})})


def passed_on(check, enterprise, packet):
    """Somebody forwards a packet; friends open it. The third within minutes is looked at before the reward is given."""
    file = enterprise.known("/admin/packets/{id}/file", admin=True, id=packet)
    forwarder = Key(os.urandom(32))
    passed = hop(forwarder, file["packet"])
    results = []
    for _ in range(3):
        opener = Key(os.urandom(32))
        claims = {"aud": enterprise.url, "jti": uuid7(), "iat": int(time.time()), "packet": packet, "head": digest(passed),
                  "from": forwarder.thumbprint, "show_opener": True}
        body = {"packet": file["packet"], "hops": [passed], "notice": opener.sign("hongbao-notice+jwt", claims)}
        results.append(enterprise.known("/v1/notices", body)["receipt"])
    held = enterprise.known("/admin/rewards", admin=True, query="?held=true")["rewards"]
    check("a reward waits for a look", len(held) == 1, held)
    enterprise.known("/admin/rewards/{id}/judgement", {"approve": True, "by": "Li"}, admin=True, id=held[0]["id"])
    enterprise.known("/admin/rewards", admin=True)
    enterprise.known("/v1/openings", auth=Signed(forwarder, enterprise.url), query="?after=0")

    friend = Key(os.urandom(32))
    enterprise.known("/v1/inbox", auth=Signed(friend, enterprise.url), query="?after=0")
    theirs = {**file, "hops": [hop(forwarder, file["packet"], friend)]}
    relayed = enterprise.known("/v1/relay", {"to": friend.thumbprint, "file": theirs}, auth=Signed(forwarder, enterprise.url))
    delivery = {"to": friend.thumbprint, "head": relayed["head"]}
    states = enterprise.known("/v1/relay/states", {"deliveries": [delivery]}, auth=Signed(forwarder, enterprise.url))
    check("it waits in the friend's inbox", states == {"states": ["kept"]}, states)
    recalled = enterprise.known("/v1/relay/recall", delivery, auth=Signed(forwarder, enterprise.url))
    check("and is taken back", recalled == {"state": "recalled"}, recalled)
    posted = enterprise.known("/v1/forwards", {"file": {**file, "hops": [passed]}}, auth=Signed(forwarder, enterprise.url))
    enterprise.known("/p/{id}", id=posted["link"].rsplit("/", 1)[1])


def goods_campaign(enterprise, money=None, **more):
    goods = {"item": "Tea", "quantity": 1, "merchant": "Fulai Ltd", "redeem": "Show the code", "stock": 5, **more}
    campaign = enterprise.known("/admin/campaigns", {
        "request": uuid7(), "title": "Fulai Ltd", "greeting": "Happy New Year", "count": 2, "expires": DAY, "goods": goods,
        **(money or {}),
    }, admin=True)
    order = {"request": uuid7(), "campaign": campaign["id"], "count": 1}
    packet = enterprise.known("/admin/packets", order, admin=True)["packets"][0]
    return campaign["id"], enterprise.known("/admin/packets/{id}/file", admin=True, id=packet["id"])["packet"]


def ask_for_goods(enterprise, packet, address=None):
    client, salt = Key(os.urandom(32)), encode(os.urandom(16))
    claims = {"aud": enterprise.url, "jti": uuid7(), "iat": int(time.time()), "packet": digest(packet), "head": digest(packet)}
    body = {"packet": packet}
    if address:
        claims["address"] = digest(f"{salt}.{address}")
        body |= {"address": address, "salt": salt}
    answer = enterprise.known("/v1/goods", {**body, "collect": client.sign("hongbao-collect+jwt", claims)})
    enterprise.known("/v1/goods/{id}", auth=Signed(client, enterprise.url), id=claims["jti"])
    return claims["jti"], answer.get("code")


def counter(check, enterprise):
    campaign, packet = goods_campaign(enterprise)
    enterprise.known("/admin/campaigns/{id}/stock", {"request": uuid7(), "units": 3}, admin=True, id=campaign)
    stock = enterprise.known("/admin/campaigns/{id}/stock", admin=True, id=campaign)
    check("stock is counted", (stock["stocked"], stock["promised"]) == (8, 1), stock)
    goods, code = ask_for_goods(enterprise, packet)
    listed = enterprise.known("/admin/goods", admin=True, query=f"?campaign={campaign}&state=collected")
    check("collected goods are listed", [row["id"] for row in listed["collections"]] == [goods], listed)
    enterprise.known("/admin/goods/out-of-stock", {"goods": code, "reason": "The van is late", "by": "Wang"}, admin=True)
    enterprise.known("/admin/goods/redeem", {"code": code, "by": "Wang"}, admin=True)
    redeemed = enterprise.known("/admin/goods/{id}", admin=True, id=goods)
    check("goods are handed over", redeemed["state"] == "redeemed", redeemed)


def missing(check, enterprise, money):
    """Goods that were chosen over money and are not there."""
    _, packet = goods_campaign(enterprise, money)
    goods, _ = ask_for_goods(enterprise, packet)
    refunded = enterprise.known("/admin/goods/refund", {"goods": goods, "reason": "Broken", "by": "Wang"}, admin=True)
    check("money comes instead of goods", refunded["state"] == "refunded" and refunded["refund"], refunded)


def parcels(check, enterprise):
    _, packet = goods_campaign(enterprise, handover="delivery")
    goods, _ = ask_for_goods(enterprise, packet, "1 Spring Road\n510000 Guangzhou")
    enterprise.known("/admin/goods/ship", {"id": goods, "tracking": "SF 1234", "by": "Wang"}, admin=True)
    delivered = enterprise.known("/admin/goods/delivered", {"id": goods, "by": "Wang"}, admin=True)
    check("a parcel arrives", delivered["state"] == "delivered", delivered)
