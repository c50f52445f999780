#!/usr/bin/python3

"""Takes a topic of the gateway into PostgreSQL.

README.md says what it guarantees; consumer.c is the same in C.  The one hard
thing: poll() may call revoked(), which takes away the partitions, and with
them the batch in hand.
"""

import argparse
import json
import operator
import re
import signal
import sys
import time

from confluent_kafka import (Consumer, KafkaError, KafkaException, Producer,
                             TopicPartition, OFFSET_BEGINNING)
import psycopg

sys.dont_write_bytecode = True
from figures import Figures             # beside this file

POLL = 0.1
BACKOFF = 0.1                           # twice as long each time,
BACKOFF_MAX = 5                         # up to this
RETRY = 1                               # s, of what is held behind a gap
HELD_MAX = 10000

STATES = {f'trade.order.{state}.v1': state for state in
          ('placed', 'paid', 'delivered', 'cancelled', 'expired')}
STOCK = 'trade.stock.set.v1'

# With a name that is not UTF-8, message.headers() returns a list with a hole in
# it and an error behind it.  Called so, it is noticed before it is touched.
HEADERS = operator.methodcaller('headers')


def say(text):
    print(f'consumer: {text}', file=sys.stderr, flush=True)


class Unreadable(Exception):
    """Of a record nothing can be given to take()."""


class Down(Exception):
    """Not now: to be tried again."""


class Record:
    """A record in hand; why it is a dead letter, if it is one."""

    def __init__(self, message):
        self.message = message
        self.headers = []
        self.event = self.why = None
        self.copy = False
        self.gap = None                 # what the database says of one
        self.held = None                # behind a gap since then
        try:
            self.event = self.read()
        except Unreadable as e:
            self.why = str(e)

    def read(self):
        """What schema.sql's take() is to be given."""
        try:
            self.headers = HEADERS(self.message) or []
        except SystemError:
            raise Unreadable('the name of a header is not UTF-8') from None
        headers = dict(self.headers)
        kind, id, subject, sequence, at = (
            header(headers, name) for name in
            ('ce_type', 'ce_id', 'ce_subject', 'ce_sequence', 'ce_time'))
        if not re.fullmatch('[1-9][0-9]{0,17}', sequence):
            raise Unreadable('malformed header ce_sequence')

        event = {'sequence': int(sequence), 'changed_at': at}
        if kind != STOCK and kind not in STATES:
            # its sequence counts all the same
            self.why = f'unknown type {kind}'
            if (kind.startswith('trade.order.')
                    and id == f'{subject}.{sequence}'):
                return event | {'id': subject}
            return None

        try:
            body = (self.message.value() or b'').decode()
            value = json.loads(body)
        except (ValueError, RecursionError):
            raise Unreadable('the value is not JSON') from None

        try:
            event |= (stock if kind == STOCK else order)(value)
            expect(id == f"{event['id']}.{sequence}")
            expect(subject == event.get('sku', event['id']))
        except (KeyError, TypeError, ValueError):
            raise Unreadable('the value is not what is expected of '
                             f'{kind}') from None
        return event | {'body': body, 'state': STATES.get(kind)}


def header(headers, name):
    value = headers.get(name)
    if value is None:
        raise Unreadable(f'no header {name}')
    if not value or len(value) > 255 or b'\0' in value:
        raise Unreadable(f'malformed header {name}')
    return value.decode(errors='replace')


def order(value):
    event = {'id': value['order_id'], 'buyer': value['buyer_id'],
             'placed_at': value['created_at'], 'items': value['items']}
    expect(all(type(event[name]) is str for name in
               ('id', 'buyer', 'placed_at')))
    expect(type(event['items']) is list and event['items'])
    return event


def stock(value):
    event = {'id': value['change_id'], 'sku': value['sku'],
             'total': value['total'], 'version': value['version']}
    expect(type(event['id']) is str and type(event['sku']) is str)
    expect(type(event['total']) is int and type(event['version']) is int)
    return event


def expect(true):
    if not true:
        raise ValueError


class Store:
    """The database: hands batches of records to schema.sql's take()."""

    def __init__(self, conninfo):
        self.conninfo = conninfo
        self.pg = None

    def take(self, records):
        """All of them in one transaction; if the database refuses it, in two
        halves, and so on: what is refused alone is a dead letter."""
        some = [r for r in records if r.event]
        if not some:
            return
        try:
            verdicts = self.ask(json.dumps([r.event for r in some]))
        except psycopg.Error as e:
            if not refusal(e):
                self.drop()
                raise Down(f'PostgreSQL: {line(e)}') from None
            if len(records) == 1:
                records[0].gap = None
                records[0].why = f'refused: {line(e)}'
                return
            middle = len(records) // 2
            self.take(records[:middle])
            self.take(records[middle:])
            return

        for record, verdict in zip(some, verdicts):
            record.copy = verdict == 'copy'
            record.gap = verdict if verdict.startswith('gap') else None

    def ask(self, batch):
        if self.pg is None:
            self.pg = psycopg.connect(
                autocommit=True, client_encoding='UTF8',
                **{'connect_timeout': 5, 'tcp_user_timeout': 10000,
                   'keepalives_idle': 10, 'keepalives_interval': 5,
                   'keepalives_count': 3, 'application_name': 'consumer',
                   **psycopg.conninfo.conninfo_to_dict(self.conninfo)})
        return [row[0] for row in
                self.pg.execute('SELECT take(%s)', [batch]).fetchall()]

    def drop(self):
        if self.pg is not None:
            self.pg.close()
        self.pg = None


def refusal(error):
    """Is it the data's fault?  Data exceptions, constraints and program limits
    are; all else passes, or is put right by somebody."""
    return (error.sqlstate or '')[:2] in ('22', '23', '54')


def line(error):
    return (str(error).splitlines() or [type(error).__name__])[0]


class Dead:
    """The dead letters, under their key and with their headers, and with
    headers that say why, where from, and whose."""

    def __init__(self, conf, topic, group):
        # One request at a time: letters of one order stay in their order.
        # Murmur2 is the gateway's partitioner.  Errors only are logged, for
        # the settings may be a consumer's, and there is a warning for each.
        self.topic = f'{topic}.dead'
        self.group = group
        self.producer = Producer(conf | {
            'acks': 'all', 'max.in.flight': 1, 'message.timeout.ms': 10000,
            'partitioner': 'murmur2_random', 'log_level': 3})

    def bury(self, records):
        """Returns when all of them are there."""
        self.failed = 0
        for record in (r for r in records if r.why):
            m = record.message
            say(f'dead letter: {m.topic()} [{m.partition()}] at offset '
                f'{m.offset()}: {record.why}')
            self.put(m, record.headers + [
                ('dead_reason', record.why.encode()),
                ('dead_group', self.group),
                ('dead_topic', m.topic()),
                ('dead_partition', str(m.partition())),
                ('dead_offset', str(m.offset()))])
        while self.producer.flush(1):
            pass                        # each has its report in its time
        if self.failed:
            raise Down(f'{self.topic}: not all letters are there')

    def put(self, m, headers):
        while True:
            try:
                return self.producer.produce(
                    self.topic, m.value(), m.key(), headers=headers,
                    on_delivery=self.reported)
            except BufferError:
                self.producer.poll(POLL)
            except KafkaException as e:
                raise Down(f'{self.topic}: {e}') from None

    def reported(self, error, message):
        if error:
            self.failed += 1
            say(f'{self.topic}: {error.str()}')


class Main:
    def __init__(self, options):
        common = dict(x.split('=', 1) for x in options.X) | {
            'bootstrap.servers': options.b}
        self.max = options.n
        self.gap_wait = options.w
        self.store = Store(options.d)
        self.dead = Dead(common, options.t, options.g)
        self.figures = Figures()
        self.batch = []
        self.held = []                  # behind a gap, and before the batch
        self.ends = {}                  # behind what was read, by partition
        self.retried = 0
        self.paused = self.stopped = self.failed = False
        # An offset that is no more, or not yet, in the topic is a loss: an
        # error, where "earliest" would begin anew and say nothing.  The eager
        # protocol takes away all partitions at once.
        self.consumer = Consumer(common | {
            'group.id': options.g, 'enable.auto.commit': False,
            'auto.offset.reset': 'error',
            'partition.assignment.strategy': 'range,roundrobin',
            'statistics.interval.ms': 1000, 'stats_cb': self.statistics})
        self.consumer.subscribe([options.t], on_assign=self.assigned,
                                on_revoke=self.revoked, on_lost=self.lost)

    def run(self):
        while not self.stopped and not self.failed:
            self.gather()
            self.finish()
        # the batch in hand is finished when the partitions are given back
        self.consumer.close()
        return self.failed

    def statistics(self, text):
        self.figures.tell(text, self.paused)

    def stop(self, signum, frame):
        self.stopped = True

    def gather(self):
        """Waits for a record, and takes what has come with it."""
        while self.poll(0 if self.batch else POLL):
            if len(self.batch) >= self.max or self.stopped or self.failed:
                break

    def poll(self, seconds):
        m = self.consumer.poll(seconds)
        if m is None:
            return False
        if m.error():
            self.error(m)
        else:
            self.batch.append(Record(m))
            self.ends[m.topic(), m.partition()] = m.offset() + 1
        return True

    def error(self, m):
        say(m.error().str())
        if m.error().code() == KafkaError._AUTO_OFFSET_RESET:
            say(f'[{m.partition()}]: what is to be read next is not in the '
                'topic: records were lost')
            self.failed = True
        if m.error().fatal():
            self.failed = True

    def finish(self):
        if not self.ready() or self.tried():
            return
        self.paused = True
        self.consumer.pause(self.consumer.assignment())
        pause = BACKOFF
        while self.in_hand() and not self.stopped and not self.failed:
            say(f'again in {pause:.1f} s')
            self.wait(pause)
            pause = min(2 * pause, BACKOFF_MAX)
            if self.in_hand() and self.tried():
                break
        self.paused = False
        self.consumer.resume(self.consumer.assignment())

    def ready(self):
        return self.batch or (self.held
                              and time.monotonic() - self.retried >= RETRY)

    def in_hand(self):
        return self.batch or self.held

    def tried(self):
        try:
            self.attempt()
        except Down as e:
            say(e)
            return False
        return True

    def attempt(self):
        """The order of things is the whole guarantee."""
        now = time.monotonic()
        turn = self.batch
        if now - self.retried >= RETRY:
            self.retried = now
            turn = self.held + turn
        self.store.take(turn)
        self.hold(turn, now)
        records = self.held + self.batch
        done = [r for r in records if r.held is None]
        self.dead.bury(done)
        self.commit(records)
        self.figures.count(done)
        self.held = [r for r in records if r.held is not None]
        self.batch.clear()

    def hold(self, records, now):
        """What comes after a gap waits: what is missing may be in another
        partition, or on its way."""
        for r in records:
            if (r.gap and r.held is None and self.gap_wait
                    and len(self.held) < HELD_MAX):
                r.held = now
            elif not r.gap:
                r.held = None
            if r.gap and (r.held is None or now - r.held >= self.gap_wait):
                r.held = None
                r.why = r.why or r.gap

    def commit(self, records):
        """The end of what was read, or what is held first."""
        ends = dict(self.ends)
        for m in (r.message for r in reversed(records) if r.held is not None):
            ends[m.topic(), m.partition()] = m.offset()
        offsets = [TopicPartition(*p, offset) for p, offset in ends.items()]
        try:
            done = self.consumer.commit(asynchronous=False, offsets=offsets)
        except KafkaException as e:
            raise Down(f'commit: {e}') from None
        for p in done:
            if p.error:
                raise Down(f'commit: {p}')
        self.figures.commit(offsets)

    def wait(self, seconds):
        """While it is paused nothing is read, but it stays in the group."""
        end = time.monotonic() + seconds
        while (time.monotonic() < end and self.in_hand() and not self.stopped
                and not self.failed):
            self.poll(POLL)

    def assigned(self, consumer, partitions):
        """Where nothing was committed, from the beginning."""
        while not self.stopped:
            try:
                partitions = consumer.committed(partitions, 5)
                break
            except KafkaException as e:
                say(f'committed offsets: {e}')
        for p in partitions:
            if p.offset < 0:
                p.offset = OFFSET_BEGINNING
        consumer.assign(partitions)
        self.figures.assign(partitions)
        if self.paused:
            consumer.pause(partitions)

    def revoked(self, consumer, partitions):
        if self.in_hand() and not self.paused:
            self.tried()
        self.lost(consumer, partitions)

    def lost(self, consumer, partitions):
        self.batch.clear()              # what was not committed is another's
        self.held.clear()
        self.ends.clear()
        self.figures.assign(None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('-b', required=True, metavar='BROKERS')
    parser.add_argument('-t', required=True, metavar='TOPIC')
    parser.add_argument('-g', required=True, metavar='GROUP')
    parser.add_argument('-d', required=True, metavar='DATABASE',
                        help='a connection string of libpq')
    parser.add_argument('-n', type=int, default=1000, metavar='RECORDS',
                        help='what a transaction has at most')
    parser.add_argument('-w', type=int, default=30, metavar='SECONDS',
                        help='how long a missing event is waited for')
    parser.add_argument('-X', action='append', default=[],
                        metavar='name=value', help='a setting of librdkafka')
    consumer = Main(parser.parse_args())
    signal.signal(signal.SIGTERM, consumer.stop)
    signal.signal(signal.SIGINT, consumer.stop)
    sys.exit(consumer.run())


if __name__ == '__main__':
    main()
