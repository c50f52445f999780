#!/usr/bin/env python3
"""Issues a ticket for a location of `trade_ticket`, with Python's standard
library only.  docs/tickets.md has the format.

    ticket.py KEYS_FILE SKU BUYER [TTL_SECONDS [NONCE]]

prints the value of the header Trade-Ticket.  Send the order with it:

    curl -H "Trade-Ticket: $(examples/ticket.py keys A-1 u-1)" ...

A shop calls issue() where it has decided that the buyer may order.
"""

import base64
import hashlib
import hmac
import re
import secrets
import sys
import time


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_secret(text):
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text):
        return bytes.fromhex(text)
    text = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def first_key(file):
    """The key id and the secret of the key that signs."""
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                key_id, secret = line.split()
                return key_id, read_secret(secret)
    raise SystemExit(f"{file} has no key")


def issue(key_id, secret, sku, buyer, ttl=60, nonce=None):
    """A ticket that expires `ttl` seconds from now, 12 hours at most.  The
    nonce is the Idempotency-Key of the order: leave it out, so that each
    ticket gives an order of its own, or pass that of an earlier ticket, so
    that both give the same order."""
    fields = ["1", key_id, str(int(time.time()) + ttl),
              base64url(sku.encode()), base64url(buyer.encode()),
              nonce or secrets.token_urlsafe(16)]
    text = ".".join(fields)
    mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return text + "." + base64url(mac)


def main(args):
    if not 3 <= len(args) <= 5:
        raise SystemExit(__doc__)
    file, sku, buyer = args[:3]
    ttl = int(args[3]) if len(args) > 3 else 60
    nonce = args[4] if len(args) > 4 else None
    print(issue(*first_key(file), sku, buyer, ttl, nonce))


if __name__ == "__main__":
    main(sys.argv[1:])
