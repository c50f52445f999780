#!/usr/bin/python3

"""The order parser against Python's json and a model of the documented rules.

Every body of the corpus, and mutations of them that a seed decides, are given
to lib/trade_order.c (through t/order_result.c) and to the model below.  Both
must come to the same result, and an order that is accepted must mean the same
to both: who buys, how much of what, and the metadata as it was sent.

Where Python's json takes more than docs/http.md allows, the model says no:

    the constants NaN and Infinity          a name twice in an object
    a lone surrogate                        a NUL in a name
    a number of more than 63 characters     more than 8 levels
    bytes that are no UTF-8 (bytes.decode() refuses them, strictly)

One difference is none of meaning: of a body with several faults the parser
tells the first, and the model need not find them in that order; "bad-json" and
"doubled-field" are one result here.

FUZZ_SEED and FUZZ_RUNS, or FUZZ_SECONDS, say how much is tried.
"""

import json
import os
import random
import re
import subprocess
import sys
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.environ.get('TRADE_OUT', os.path.join(HERE, '..', 'build'))
CORPUS = os.path.join(HERE, 'fuzz', 'corpus', 'order')

MAX_QUANTITY, MAX_ITEMS, MAX_DEPTH, MAX_NUMBER = 1000, 50, 8, 63


# The model.

class Refused(Exception):
    pass


class Number(str):
    """A number as it was written."""


def number(text):
    if len(text) > MAX_NUMBER:
        raise Refused('bad-json')
    return Number(text)


def constant(text):
    raise Refused('bad-json')


def pairs(members):
    names = [name for name, _ in members]
    if len(set(names)) < len(names) or any('\0' in n for n in names):
        raise Refused('bad-json')
    return dict(members)


def deeper(value, levels):
    """Whether it has more levels than that; looks no deeper."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return False
    return levels == 0 or any(deeper(v, levels - 1) for v in value)


def strict(body):
    """What JSON says, or Refused."""
    try:
        value = json.loads(body.decode('utf-8'), object_pairs_hook=pairs,
                           parse_int=number, parse_float=number,
                           parse_constant=constant)
        json.dumps(value, ensure_ascii=False).encode('utf-8')
    except (ValueError, RecursionError):     # UnicodeErrors are ValueErrors
        raise Refused('bad-json') from None
    if deeper(value, MAX_DEPTH) or not isinstance(value, dict):
        raise Refused('bad-json')
    return value


def known(value, *names):
    if set(value) - set(names):
        raise Refused('unknown-field')


def is_name(value):
    return (isinstance(value, str) and not isinstance(value, Number)
            and 1 <= len(value.encode('utf-8')) <= 255
            and re.search('[\\x00-\\x1f\\x7f-\\x9f]', value) is None
            and value == value.strip(' '))


def is_quantity(value):
    return (isinstance(value, Number)
            and re.fullmatch(r'[1-9][0-9]*', value) is not None
            and int(value) <= MAX_QUANTITY)


def model(body):
    """(buyer, {sku: quantity}, metadata or None), or Refused."""
    order = strict(body)
    known(order, 'buyer_id', 'items', 'metadata')

    items = order.get('items')
    ok = isinstance(items, list) and 1 <= len(items) <= MAX_ITEMS
    for item in items if ok else ():
        if isinstance(item, dict):
            known(item, 'sku', 'quantity')

    ok = (ok and is_name(order.get('buyer_id'))
          and isinstance(order.get('metadata', {}), dict)
          and all(isinstance(i, dict) and is_name(i.get('sku'))
                  and is_quantity(i.get('quantity')) for i in items))
    if not ok:
        raise Refused('invalid-field')

    sum_of = {}
    for item in items:
        sum_of.setdefault(item['sku'], 0)
        sum_of[item['sku']] += int(item['quantity'])

    if max(sum_of.values()) > MAX_QUANTITY:
        raise Refused('invalid-field')

    return order['buyer_id'], sum_of, order.get('metadata')


# The parser.

def results(bodies):
    """(result, canonical form) of each."""
    text = b''.join(b'%d\n%s' % (len(b), b) for b in bodies)
    out = subprocess.run([os.path.join(OUT, 't', 'order_result')], input=text,
                         stdout=subprocess.PIPE, check=True).stdout
    at = 0
    for _ in bodies:
        end = out.index(b'\n', at)
        result, size = out[at:end].split(b' ')
        at = end + 1 + int(size)
        yield result.decode(), out[end + 1:at]


def same(body, result, canonical):
    """What is wrong, or None."""
    try:
        buyer, items, metadata = model(body)
    except Refused as refused:
        expected = str(refused)
        result = {'doubled-field': 'bad-json'}.get(result, result)
        return None if result == expected else f'{result}, not {expected}'

    if result != 'done':
        return f'{result}, not accepted'

    order = strict(canonical)
    got = (order['buyer_id'], order['items'], order.get('metadata'))
    want = (buyer, [{'sku': s, 'quantity': str(items[s])}
                    for s in sorted(items)], metadata)
    if got != want or (metadata is not None and bare(canonical) not in body):
        return f'{canonical}: another order'
    text = '{"buyer_id":' + written(buyer) + ',"items":[' + ','.join(
        f'{{"sku":{written(s)},"quantity":{items[s]}}}'
        for s in sorted(items)) + ']'
    if not canonical.startswith(text.encode()):
        return f'{canonical}: another form'
    return None


def written(name):
    """A name in the canonical form."""
    return '"' + name.replace('\\', '\\u005c').replace('"', '\\u0022') + '"'


def bare(canonical):
    """The bytes of the metadata."""
    return canonical[canonical.index(b',"metadata":') + 12:-1]


# The mutations.

TOKENS = [t if isinstance(t, bytes) else t.encode() for t in (
    '{', '}', '[', ']', ',', ':', '"', '\\', ' ', '\t', '\n', '\r', '\0',
    '\x1f', '\x7f', '\ufeff', '\u00e4', '\u20ac', '\U0001f600', b'\x80',
    b'\xc0\xaf', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\xff', b'\xe2\x82',
    '\\u0000', '\\u0041', '\\ud83d', '\\ude00', '\\ud83d\\ude00', '\\u12',
    '\\n', '\\/', '\\"', '\\x', '-', '+', '.', 'e', 'E5', '0', '1', '007',
    '-0', '1.0', '1e0', '1e400', '1001', '1000', '500', '501', '2147483648',
    '9007199254740993', '18446744073709551617', '9' * 63, '9' * 64, 'NaN',
    '-Infinity', 'true', 'false', 'null', '"A-1"', '"u-1"', '{}', '[]', '""',
    '"sku"', '"quantity"', '"buyer_id"', '"items"', '"metadata"', '"Sku"',
    '"s\\u006bu"', '"a"', '"x":1', ',"metadata":{}', '"metadata":{"a":1},',
    '{"sku":"A-1","quantity":1}', ',{"sku":"A-1","quantity":1}', '[[[[[[',
    ']]]]]]', 'A-1', 'x' * 64, 'x' * 255, '\\u0022', '\\u005c', '\\\\', '\\u0085',
    '\\u0020', '\\u624b', '\u624b\u673a', '|', '%2F', '..', '*?{}')]


def mutate(rng, body, other):
    body = bytearray(body[:2000])
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randrange(len(body) + 1)
        end = min(len(body), at + rng.choice((0, 0, 1, 1, 2, 5, 20)))
        kind = rng.randrange(8)
        if kind < 4:
            body[at:end] = rng.choice(TOKENS)
        elif kind == 4:
            del body[at:end]
        elif kind == 5 and at < len(body):
            body[at] ^= 1 << rng.randrange(8)
        elif kind == 6:
            body[at:at] = body[at:end]
        else:
            start = rng.randrange(len(other) + 1)
            body[at:end] = other[start:start + rng.randrange(40)]
    return bytes(body)


def number_swapped(rng, body):
    """Numbers and strings stand where they stood: most are orders still."""
    return re.sub(rb'[0-9]+', lambda m: rng.choice(
        (m.group(), b'%d' % rng.randrange(1, 1200))), body)


def mutations(rng, bodies, orders):
    while True:
        body = rng.choice(rng.choice((bodies, orders)))
        if rng.randrange(4):
            yield mutate(rng, body, rng.choice(bodies))
        else:
            yield number_swapped(rng, body)


# The test.

def main():
    seed = int(os.environ.get('FUZZ_SEED', 1))
    seconds = float(os.environ.get('FUZZ_SECONDS', 0))
    runs = int(os.environ.get('FUZZ_RUNS', 20000))

    rng = random.Random(seed)
    corpus = []
    for name in sorted(os.listdir(CORPUS)):
        with open(os.path.join(CORPUS, name), 'rb') as f:
            corpus.append(f.read())

    orders = []                             # those of the corpus
    made = mutations(rng, corpus, orders)
    batch, tried, accepted, wrong = corpus, 0, 0, []
    end = time.monotonic() + seconds

    while batch and len(wrong) < 5:
        for body, (result, canonical) in zip(batch, results(batch)):
            tried += 1
            accepted += result == 'done'
            if result == 'done' and batch is corpus:
                orders.append(body)
            fault = same(body, result, canonical)
            if fault:
                wrong.append((body, fault))
        more = time.monotonic() < end if seconds else tried < runs
        batch = [next(made) for _ in range(2000)] if more else []

    print(f'# seed {seed}: {tried} bodies, {accepted} accepted')
    for body, fault in wrong:
        print(f'# {body}: {fault}')
    print('not ok' if wrong else 'ok', '1 - the parser and Python agree')
    print('ok' if accepted * 10 > tried else 'not ok',
          '2 - enough of them are orders')
    print('1..2')
    return 1 if wrong else 0


sys.exit(main())
