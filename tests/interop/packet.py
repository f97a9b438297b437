"""Reads and judges packet files by docs/packet-format.md, with PyJWT for the signatures.

PyJWT is given the key and the one algorithm, and only after header, key and encoding were judged here: alone it would take
padding, spare bits, any `typ`, and whatever key it is handed.
"""

import base64
import hashlib
import io
import ipaddress
import json
import pathlib

import idna
import jsonschema
import jwt
import regex
from PIL import Image

from strict import Malformed, check_public_key, from_base64, from_base64url, read_json

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "docs/packet.schema.json").read_text("utf-8"))
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
FORBIDDEN = regex.compile(
    r"[\p{Cc}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800"
    r"\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
BLANK = regex.compile(r"[\p{White_Space}\u200c\u200d\ufe00-\ufe0f]*")


class TooLarge(Exception):
    """Over the limit of a file or link."""


class UnknownVersion(Exception):
    """A later version of the format."""


def validator(part=None):
    schema = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{part}"} if part else SCHEMA
    return jsonschema.Draft202012Validator(schema)


VALIDATORS = {part: validator(part) for part in
              (None, "packet", "voucher", "hop", "note", "party_header", "client_header")}


def check_schema(part, tree):
    error = jsonschema.exceptions.best_match(VALIDATORS[part].iter_errors(tree))
    if error:
        raise Malformed(f"{part or 'file'}: {error.message[:100]}")


def digest(data) -> str:
    data = data.encode("ascii") if isinstance(data, str) else data
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def thumbprint(x: str) -> str:
    return digest(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}')


class Message:
    """A signed message, read and not yet verified (§2)."""

    def __init__(self, compact: str, typ: str, part: str, by_client: bool):
        if len(compact) > 32 * 1024 or compact.count(".") != 2:
            raise Malformed("not a compact JWS")
        header, payload, signature = (from_base64url(item) for item in compact.split("."))
        if len(signature) != 64:
            raise Malformed("a signature has 64 bytes")
        self.compact = compact
        self.header = read_json(header)
        check_schema("client_header" if by_client else "party_header", self.header)
        if self.header["typ"] != typ:
            raise Malformed("typ")
        if by_client:
            check_public_key(from_base64url(self.header["jwk"]["x"]))
        self.claims = read_json(payload)
        check_schema(part, self.claims)

    def digest(self):
        return digest(self.compact)

    def by(self):
        return thumbprint(self.header["jwk"]["x"])

    def verified(self, x: str) -> bool:
        key = jwt.PyJWK({"kty": "OKP", "crv": "Ed25519", "x": x}, algorithm="EdDSA")
        try:
            jwt.PyJWS().decode_complete(self.compact, key, algorithms=["EdDSA"])
        except jwt.InvalidTokenError:
            return False
        return True

    def verified_by_itself(self) -> bool:
        return self.verified(self.header["jwk"]["x"])


def check_text(value, graphemes, size, lines=False):
    if len(value.encode("utf-8")) > size or len(regex.findall(r"\X", value)) > graphemes:
        raise Malformed("a text is too long")
    if BLANK.fullmatch(value):
        raise Malformed("a text is blank")
    if FORBIDDEN.search(value.replace("\n", "") if lines else value) or any(ord(c) & 0xFFFE == 0xFFFE for c in value):
        raise Malformed("a forbidden character")


def check_name(value):
    check_text(value, 64, 512)


def check_identifier(value):
    check_text(value, 64, 64)


def check_origin(value):
    """What the schema's pattern leaves open: real addresses, real ports, their one spelling."""
    host, port = regex.fullmatch(r"https?://(.*?)(?::(\d+))?", value).groups()
    if port and int(port) > 65535:
        raise Malformed("a port")
    try:
        if host.startswith("["):
            if str(ipaddress.IPv6Address(host[1:-1])) != host[1:-1]:
                raise Malformed("another spelling of an address")
        elif regex.search(r"(^|\.)(\d+|0x[0-9a-f]*)$", host):
            ipaddress.IPv4Address(host)
        else:
            [idna.ulabel(label) for label in host.split(".") if label.startswith("xn--")]
    except ValueError as error:
        raise Malformed("an address") from error


def check_gtin(value):
    """The check digit; the schema knows how many digits there are."""
    if sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(value))) % 10:
        raise Malformed("a GTIN")


def optional(check, tree, name, *rule):
    if name in tree:
        check(tree[name], *rule)


def money(contents):
    """What promises money: bank contents themselves, or the cash in place of goods; none for goods alone."""
    return contents if contents["kind"] == "bank" else contents.get("cash")


def total(contents):
    """What the bank must freeze (§2, Packet)."""
    amount = money(contents)["amount"]
    times = contents["shares"] if contents["mode"] == "each" else 1
    return {"minor": amount["minor"] * times, "currency": amount["currency"]}


def read_packet(compact):
    """A packet, with the rules that the schema cannot tell."""
    message = Message(compact, "hongbao+jwt", "packet", by_client=False)
    claims = message.claims
    envelope, contents = claims["envelope"], claims["contents"]
    if claims["exp"] <= claims["nbf"]:
        raise Malformed("exp")
    check_origin(claims["iss"])
    check_identifier(claims["campaign"])
    check_text(envelope["title"], 64, 512)
    check_text(envelope["greeting"], 500, 4096, True)
    optional(check_identifier, envelope, "theme")
    if contents["kind"] == "bank":
        check_origin(contents["bank"])
        if total(contents)["minor"] > 10**12:
            raise Malformed("the total")
        if contents["mode"] == "lucky" and contents["shares"] > contents["amount"]["minor"]:
            raise Malformed("a share of nothing")
    else:
        check_name(contents["item"])
        check_name(contents["merchant"])
        optional(check_name, contents, "unit")
        optional(check_text, contents, "terms", 1000, 8192, True)
        check_text(contents["redeem"], 1000, 8192, True)
        optional(check_gtin, contents, "gtin")
        if "cash" in contents:
            check_origin(contents["cash"]["bank"])
            if total(contents)["minor"] > 10**12:
                raise Malformed("the total")
    optional(check_identifier, claims.get("forward", {}).get("reward", {}), "fund")
    return message


def read_voucher(compact):
    message = Message(compact, "hongbao-voucher+jwt", "voucher", by_client=False)
    check_origin(message.claims["iss"])
    check_origin(message.claims["applicant"]["origin"])
    check_identifier(message.claims["number"])
    check_name(message.claims["applicant"]["name"])
    optional(check_identifier, message.claims, "fund")
    return message


def read_hop(compact):
    return Message(compact, "hongbao-hop+jwt", "hop", by_client=True)


def read_note(compact):
    message = Message(compact, "hongbao-note+jwt", "note", by_client=True)
    check_text(message.claims["text"], 140, 1024, True)
    return message


class Packet:
    """A packet file that was read (checks 1 and 2)."""

    def __init__(self, outer):
        self.packet = read_packet(outer["packet"])
        self.voucher = read_voucher(outer["voucher"]) if "voucher" in outer else None
        self.hops = [read_hop(hop) for hop in outer.get("hops", [])]
        self.note = read_note(outer["note"]) if "note" in outer else None
        self.media = outer.get("media", [])

    @classmethod
    def from_file(cls, data: bytes):
        if len(data) > 1024 * 1024:
            raise TooLarge
        outer = read_json(data)
        version = outer.get("format") if isinstance(outer, dict) else None
        if isinstance(version, str) and version.startswith("hongbao/") and version != "hongbao/1":
            raise UnknownVersion
        check_schema(None, outer)
        return cls(outer)

    @classmethod
    def from_link(cls, link: str):
        if len(link.encode("utf-8")) > 16 * 1024:
            raise TooLarge
        found = regex.fullmatch(r"hongbao:1\?p=([\w.-]+)(?:&v=([\w.-]+))?((?:&h=[\w.-]+)*)(?:&n=([\w.-]+))?", link,
                                regex.ASCII)
        if not found:
            raise Malformed("not a link")
        packet, voucher, hops, note = found.groups()
        outer = {"format": "hongbao/1", "packet": packet, "hops": hops.split("&h=")[1:]}
        outer |= {"voucher": voucher} if voucher else {}
        outer |= {"note": note} if note else {}
        check_schema(None, outer)
        return cls(outer)

    def holder(self, hops):
        """Who may collect and forward (§5); None is anyone."""
        if hops:
            return hops[-1].claims.get("to")
        return self.packet.claims.get("cnf", {}).get("jkt")

    def report(self, trust):
        """Checks 3 to 8: a list of (check, result, reason)."""
        claims = self.packet.claims
        checks = []
        vouched = False
        if money(claims["contents"]) or self.voucher:
            signature, match = self.check_voucher_signature(trust), self.check_voucher_match()
            vouched = self.voucher is not None and signature[0] == match[0] == "passed"
            checks += [("voucher-signature", *signature), ("voucher-match", *match)]
        checks += [("packet-signature", *self.check_packet_signature(trust, vouched)), ("hops", *self.check_hops())]
        if self.note:
            checks.append(("note", *self.check_note()))
        return [*checks, ("media", *self.check_media())]

    def check_voucher_signature(self, trust):
        if not self.voucher:
            return "failed", "voucher-missing"
        bank = trust["banks"].get(self.voucher.claims["iss"])
        if bank is None:
            return "not-done", "bank-unknown"
        return by_known_key(self.voucher, bank["keys"]) or ("failed", "bank-key-unknown")

    def check_voucher_match(self):
        packet = self.packet.claims
        if not money(packet["contents"]):
            return "failed", "voucher-unexpected"
        if not self.voucher:
            return "failed", "voucher-missing"
        voucher, contents = self.voucher.claims, packet["contents"]
        frozen = {name: voucher["frozen"][name] for name in ("minor", "currency")}
        for wrong, reason in (
            (voucher["packet"] != self.packet.digest(), "other-packet"),
            (voucher["applicant"]["origin"] != packet["iss"], "other-applicant"),
            (voucher["iss"] != money(contents)["bank"], "other-bank"),
            (frozen != total(contents), "other-amount"),
        ):
            if wrong:
                return "failed", reason
        return "passed", None

    def check_packet_signature(self, trust, vouched):
        keys = trust["issuers"].get(self.packet.claims["iss"])
        known = by_known_key(self.packet, keys) if keys is not None else None
        if known:
            return known
        if vouched:
            return "passed", "vouched-by-bank"
        return ("not-done", "issuer-unknown") if keys is None else ("failed", "issuer-key-unknown")

    def check_hops(self):
        forward = self.packet.claims.get("forward")
        if not self.hops:
            return "passed", None
        if not forward:
            return "failed", "not-forwardable"
        if len(self.hops) > forward["max_hops"]:
            return "failed", "too-many-hops"
        before = self.packet
        for at, hop in enumerate(self.hops):
            if not hop.verified_by_itself():
                return "failed", "signature"
            if hop.claims["n"] != at + 1:
                return "failed", "hop-order"
            if hop.claims["prev"] != before.digest():
                return "failed", "hop-elsewhere"
            if self.holder(self.hops[:at]) not in (None, hop.by()):
                return "failed", "hop-not-holder"
            before = hop
        return "passed", None

    def check_note(self):
        if not self.hops:
            return "failed", "note-elsewhere"
        if not self.note.verified_by_itself():
            return "failed", "signature"
        if not any(self.note.by() == hop.by() and self.note.claims["hop"] == hop.digest() for hop in self.hops):
            return "failed", "note-elsewhere"
        return "passed", None

    def check_media(self):
        claims = self.packet.claims
        envelope, contents = claims["envelope"], claims["contents"]
        named = {envelope.get("cover#integrity"), envelope.get("emblem#integrity")}
        if contents["kind"] == "goods":
            named.add(contents.get("picture#integrity"))
        named.discard(None)
        for item in self.media:
            try:
                data = read_picture(item)
            except Malformed:
                return "failed", "media-malformed"
            integrity = "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()
            if integrity not in named:
                return "failed", "media-unexpected"
            named.remove(integrity)
        return ("not-done", "media-missing") if named else ("passed", None)


def by_known_key(message, keys):
    for key in keys["keys"]:
        if thumbprint(key["x"]) == message.header["kid"]:
            return ("passed", None) if message.verified(key["x"]) else ("failed", "signature")
    return None


def read_picture(item):
    data = from_base64(item["data"])
    if len(data) > 256 * 1024 or item["type"] not in FORMATS:
        raise Malformed("a picture")
    try:
        width, height = Image.open(io.BytesIO(data), formats=[FORMATS[item["type"]]]).size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Malformed("a picture") from error
    if not (1 <= width <= 2048 and 1 <= height <= 2048):
        raise Malformed("a picture's size")
    return data


def judge(read, trust):
    """The verdict, and every check that did not simply pass, as (check, result, reason)."""
    try:
        packet = read()
    except TooLarge:
        return "unreadable", [("size", "failed", "too-large")]
    except UnknownVersion:
        return "unreadable", [("form", "failed", "unknown-version")]
    except Malformed as why:
        return "unreadable", [("form", "failed", "malformed")], str(why)
    checks = packet.report(trust)
    findings = [check for check in checks if check[1] != "passed" or check[2]]
    if any(result == "failed" for _, result, _ in checks):
        return "not-genuine", findings
    open_ones = any(result == "not-done" and check != "media" for check, result, _ in checks)
    return ("unchecked" if open_ones else "genuine"), findings
