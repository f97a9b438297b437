"""What common libraries leave out: strict JSON, strict base64, and the judgement of Ed25519 keys.

Python's `json` keeps the last of duplicate members and reads floats, `NaN`, lone surrogates and any depth.
Its `base64` skips foreign characters and spare bits. `cryptography` takes keys of small or mixed order.
"""

import base64
import json
import re

MAX_DEPTH = 16


class Malformed(Exception):
    """The input breaks a rule of docs/packet-format.md, sections 1 to 3."""


def read_json(data: bytes):
    """Strict JSON, docs/packet-format.md §1."""

    def members(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise Malformed("the same member twice")
        return dict(pairs)

    def integer(text):
        number = int(text) if len(text) <= 20 else 1 << 64
        if text == "-0" or not -(1 << 63) <= number < 1 << 63:
            raise Malformed(f"not a 64-bit integer: {text[:40]}")
        return number

    def refuse(text):
        raise Malformed(f"not an integer: {text[:40]}")

    try:
        tree = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=members, parse_int=integer, parse_float=refuse, parse_constant=refuse,
        )
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {error}") from error
    _walk(tree, 0)
    return tree


def _walk(tree, depth):
    if tree is None:
        raise Malformed("null")
    if isinstance(tree, str):
        try:
            tree.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Malformed("half a character") from error
    if isinstance(tree, (dict, list)):
        if depth == MAX_DEPTH:
            raise Malformed("nested too deep")
        for item in [*tree, *tree.values()] if isinstance(tree, dict) else tree:
            _walk(item, depth + 1)


def from_base64url(text: str) -> bytes:
    """One spelling only: no padding, no spare bits."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise Malformed("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Malformed("spare bits")
    return data


def from_base64(text: str) -> bytes:
    """One spelling only: with padding, no spare bits."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise Malformed("spare bits")
    return data


# Edwards25519 (RFC 8032 §5.1), in extended coordinates (X, Y, Z, T).
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
NEUTRAL = (0, 1, 1, 0)


def _add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    c, d = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = f - e, d - c, d + c, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(count, point):
    total = NEUTRAL
    while count:
        if count & 1:
            total = _add(total, point)
        point, count = _add(point, point), count >> 1
    return total


def _is_neutral(point):
    return point[0] % P == 0 and (point[1] - point[2]) % P == 0


def check_public_key(data: bytes):
    """Canonical, on the curve, not of small order, without torsion."""
    if len(data) != 32:
        raise Malformed("a key has 32 bytes")
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        raise Malformed("not canonical")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        raise Malformed("not on the curve")
    if x & 1 != sign:
        x = P - x
    point = (x, y, 1, x * y % P)
    if _is_neutral(_times(8, point)) or not _is_neutral(_times(ORDER, point)):
        raise Malformed("a weak key")
