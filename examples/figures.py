"""What consumer.py tells each second."""

import json
import time


class Figures:
    """What is told each second: the lag, the speed, and what there was.

    The lag is what is in the topic and not committed: of each partition that
    is ours, its end less our position.  It is unknown, "?", until we have
    partitions, while the end of one can't be asked for, and while nothing is
    read because the database is down."""

    def __init__(self):
        self.done = self.copies = self.dead = self.told = 0
        self.at = time.monotonic()
        self.positions = None           # by topic and partition

    def count(self, records):
        self.done += len(records)
        self.copies += sum(r.copy for r in records)
        self.dead += sum(r.why is not None for r in records)

    def assign(self, partitions):
        self.positions = None if partitions is None else {
            (p.topic, p.partition): p.offset for p in partitions}

    def commit(self, offsets):
        if self.positions is not None:
            self.positions |= {(p.topic, p.partition): p.offset
                               for p in offsets}

    def tell(self, statistics, paused):
        lag = None if paused else self.lag(json.loads(statistics))
        now = time.monotonic()
        speed = (self.done - self.told) / (now - self.at)
        print(f"lag {'?' if lag is None else lag}, {speed:.0f} "
              f'records/s; done {self.done}, copies {self.copies}, '
              f'dead {self.dead}', flush=True)
        self.told, self.at = self.done, now

    def lag(self, statistics):
        if self.positions is None:
            return None
        lags = [lag(name, offset, statistics)
                for name, offset in self.positions.items()]
        return None if None in lags else sum(lags)


def lag(name, offset, statistics):
    topic = statistics['topics'].get(name[0], {'partitions': {}})
    p = topic['partitions'].get(str(name[1]))
    if p is None or p['fetch_state'] != 'active':
        return None                     # not read from
    if not any(b['nodeid'] == p['leader'] and b['state'] == 'UP'
               for b in statistics['brokers'].values()):
        return None
    end, start = p['hi_offset'], offset if offset >= 0 else p['lo_offset']
    return max(end - start, 0) if end >= 0 and start >= 0 else None
