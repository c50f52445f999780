#!/usr/bin/env python3
"""Three backends behind trade_hash: one is lost, comes back, and one is added.

Starts nginx and the backends, sends the same keys in each state, and counts the
keys that another backend answers than before.  Ends with 1 if a key moves that
should stay.

    make build
    python3 examples/upstream/upstream.py
"""

import argparse
import collections
import http.client
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

CONF = """
load_module {module};
pid nginx.pid;
error_log error.log notice;
worker_processes 2;
events {{}}
http {{
    access_log off;
    upstream catalog {{
        zone        catalog 256k;
        trade_hash  $arg_key bounded=1.25;
{servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        location /        {{ proxy_pass http://catalog; }}
        location = /hash  {{ trade_hash_status; }}
        location = /pid   {{ return 200 $pid; }}
    }}
}}
"""


class Backend(http.server.BaseHTTPRequestHandler):
    """Answers with the port on which it listens."""

    def do_GET(self):
        text = str(self.server.server_port).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Fleet:
    """The backends by name; each keeps its port when it ends and starts."""

    def __init__(self):
        self.ports = {}
        self.servers = {}

    def start(self, name):
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", self.ports.get(name, 0)), Backend)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers[name] = server
        self.ports[name] = server.server_port

    def stop(self, name):
        server = self.servers.pop(name)
        server.shutdown()
        server.server_close()

    def name(self, port):
        return next(n for n, p in self.ports.items() if str(p) == port)


class Nginx:
    def __init__(self, program, module, fleet):
        self.dir = tempfile.mkdtemp(prefix="trade-hash-")
        self.module, self.fleet = os.path.abspath(module), fleet
        self.port = free_port()
        self.configure()
        self.process = subprocess.Popen(
            [program, "-p", self.dir, "-c", "nginx.conf", "-g", "daemon off;"])
        wait(lambda: self.get("/pid"), "nginx does not answer: see " + self.dir)

    def configure(self):
        servers = "\n".join(
            f"        server      127.0.0.1:{port} max_fails=1 fail_timeout=1s;"
            for port in self.fleet.ports.values())
        with open(self.dir + "/nginx.conf", "w", encoding="utf-8") as f:
            f.write(CONF.format(module=self.module, servers=servers,
                                port=self.port))

    def reload(self):
        """Until no worker of the old configuration answers."""
        old = self.workers()
        self.configure()
        self.process.send_signal(signal.SIGHUP)
        wait(lambda: not old & self.workers(), "nginx does not reload")

    def workers(self):
        """Those that answer."""
        return {self.get("/pid") for _ in range(50)}

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=60)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            text = response.read().decode()
            return text if response.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()

    def nodes(self):
        """The nodes, as trade_hash_status shows them."""
        return json.loads(self.get("/hash"))["upstreams"][0]["nodes"]

    def owners(self, keys):
        """The backend of each key."""
        answers = {key: self.get(f"/?key={key}") for key in keys}
        lost = [key for key, port in answers.items() if port is None]
        if lost:
            sys.exit(f"no answer for {len(lost)} keys, as {lost[0]}")
        return {key: self.fleet.name(port) for key, port in answers.items()}

    def end(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        shutil.rmtree(self.dir)


def free_port():
    server = http.server.HTTPServer(("127.0.0.1", 0), Backend)
    server.server_close()
    return server.server_port


def wait(condition, otherwise, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(otherwise)
        time.sleep(0.05)


def shares(owners):
    counts = collections.Counter(owners)
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))


def compare(what, before, after, may_move):
    """Prints the keys that moved; the answer is whether all of them may."""
    moved = [key for key in before if before[key] != after[key]]
    wrong = [key for key in moved if not may_move(before[key], after[key])]
    print(f"{what}: {len(moved)} of {len(before)} keys moved, to: "
          f"{shares(after[key] for key in moved) or '-'}")
    for key in wrong[:3]:
        print(f"  {key} should have stayed at {before[key]}, "
              f"and moved to {after[key]}")
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nginx",
                        default=shutil.which("nginx") or "/usr/sbin/nginx")
    parser.add_argument("--module", default="build/ngx_trade_hash_module.so")
    parser.add_argument("--keys", type=int, default=1000)
    args = parser.parse_args()

    fleet = Fleet()
    for name in "abc":
        fleet.start(name)
    nginx = Nginx(args.nginx, args.module, fleet)
    keys = [f"sku-{i}" for i in range(args.keys)]

    three = nginx.owners(keys)
    print(f"three backends: {shares(three.values())}")

    fleet.stop("b")
    two = nginx.owners(keys)
    right = compare("b is lost", three, two, lambda old, new: old == "b")

    fleet.start("b")
    wait(lambda: all(node["state"] == "available" for node in nginx.nodes()),
         "nginx does not take b back")
    back = nginx.owners(keys)
    right &= compare("b is back", three, back, lambda old, new: False)

    fleet.start("d")
    nginx.reload()
    four = nginx.owners(keys)
    right &= compare("d is added", three, four, lambda old, new: new == "d")

    print("shares of the ring: " + ", ".join(
        f"{fleet.name(node['name'].split(':')[1])} {100 * node['share']:.0f} %"
        for node in nginx.nodes()))
    nginx.end()
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
