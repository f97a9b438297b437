"""What schemathesis learns of Hongbao: how requests are signed on the public side. Named by SCHEMATHESIS_HOOKS."""

import os

import schemathesis
from signing import Key, Signed

if origin := os.environ.get("HONGBAO_SIGNS_FOR"):
    secret = bytes.fromhex(os.environ["HONGBAO_SIGNS_WITH"])
    schemathesis.auth.set_from_requests(Signed(Key(secret), origin, os.environ.get("HONGBAO_SIGNS_AS")))
