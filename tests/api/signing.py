"""Signs requests as docs/protocol.md says (Authorization: Hongbao <JWS>), for the library `requests`."""

import base64
import hashlib
import json
import os
import time
import urllib.parse

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def digest(text):
    return encode(hashlib.sha256(text.encode()).digest())


def uuid7():
    text = f"{time.time_ns() // 1_000_000:012x}7{os.urandom(2).hex()[1:]}8{os.urandom(8).hex()[1:]}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"


class Key:
    """A client's or party's key."""

    def __init__(self, secret):
        self.key = Ed25519PrivateKey.from_private_bytes(secret)
        self.jwk = {"crv": "Ed25519", "kty": "OKP", "x": encode(self.key.public_key().public_bytes_raw())}
        canonical = json.dumps(self.jwk, separators=(",", ":"), sort_keys=True).encode()
        self.thumbprint = encode(hashlib.sha256(canonical).digest())

    def sign(self, typ, claims):
        """A compact JWS with the key in its header, as a client signs."""
        return self.compact({"alg": "EdDSA", "typ": typ, "jwk": self.jwk}, claims)

    def sign_named(self, typ, claims):
        """A compact JWS that names its key, as a party signs."""
        return self.compact({"alg": "EdDSA", "typ": typ, "kid": self.thumbprint}, claims)

    def compact(self, header, claims):
        parts = [encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
        return ".".join([*parts, encode(self.key.sign(".".join(parts).encode()))])


class Signed(requests.auth.AuthBase):
    """Signs each request last of all, when its path and body are final; `party` is the origin of a party that asks."""

    def __init__(self, key, origin, party=None):
        self.key, self.origin, self.party = key, origin, party

    def __call__(self, request):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        target = urllib.parse.urlsplit(request.url)
        claims = {
            "aud": self.origin,
            "htm": request.method,
            "htu": (target.path or "/") + (f"?{target.query}" if target.query else ""),
            "iat": int(time.time()),
            "jti": uuid7(),
        }
        if self.party:
            claims["iss"] = self.party
        if body and request.method == "POST":
            claims["body"] = encode(hashlib.sha256(body).digest())
        request.headers["Authorization"] = f"Hongbao {self.key.sign('hongbao-auth+jwt', claims)}"
        return request
