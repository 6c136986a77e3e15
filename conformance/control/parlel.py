"""A parlel under test, its control API, and a Redis connection that hides nothing."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.parse

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from harness import absolute

ROOT = os.path.dirname(os.path.dirname(HERE))


class Parlel:
    """`parlel up` in the foreground on free ports; a context manager."""

    def __init__(self, binary, *args):
        self.folder = tempfile.TemporaryDirectory(prefix="conformance-control-")
        env = {k: v for k, v in os.environ.items() if not k.startswith("PARLEL_")}
        env["PARLEL_STATE_DIR"] = self.folder.name
        self.process = subprocess.Popen([absolute(binary), "up", "redis:0", "--control", "0", "--json", *args],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True,
                                        env=env, cwd=self.folder.name)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("parlel did not start")
        started = json.loads(line)
        self.redis_port = started["services"][0]["port"]
        self.port = started["control"]["port"]

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.folder.cleanup()

    # ---- the control API

    def request(self, method, path, body=None, headers=None, query=None):
        """Returns (status, headers, text)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        if query:
            path += "?" + urllib.parse.urlencode(query)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, response.headers, text

    def call(self, method, path, body=None, status=None, **query):
        """The JSON answer of a call that succeeds, or has the status asked for."""
        got, headers, text = self.request(method, path, body, query=query)
        wanted = [status] if status else [200, 201]
        if got not in wanted:
            raise AssertionError(f"{method} {path}: status {got}, expected {wanted}: {text}")
        if headers["Content-Type"] != "application/json":
            raise AssertionError(f"{method} {path}: {headers['Content-Type']}")
        return json.loads(text)

    def get(self, path, **query):
        return self.call("GET", path, **query)

    def post(self, path, body=None, **query):
        return self.call("POST", path, body, **query)

    def fault(self, action, **match):
        return self.post("/faults", {"action": action, **match})["id"]

    def since(self):
        """Where the journal stands."""
        return self.get("/journal", limit=0)["next"]

    def records(self, **query):
        return self.get("/journal", **{"limit": 1000, **query})["records"]

    # ---- redis

    def redis(self, world=None):
        return Redis(self.redis_port, world)


class Closed(Exception):
    """The server ended the connection; `reset` tells how, `got` what came before."""

    def __init__(self, reset, got):
        super().__init__("reset" if reset else "closed")
        self.reset, self.got = reset, got


class Error(Exception):
    """An error reply."""


class Redis:
    """One connection. Replies: str, int, None, list; errors are raised."""

    def __init__(self, port, world=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.buffer = b""
        if world:
            self("AUTH", "default@" + world, "x")

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.socket.close()

    def send(self, *words):
        parts = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))

    def __call__(self, *words, timeout=10):
        self.send(*words)
        return self.reply(timeout)

    def _more(self, timeout):
        self.socket.settimeout(timeout)
        try:
            more = self.socket.recv(65536)
        except ConnectionResetError:
            raise Closed(True, self.buffer) from None
        if not more:
            raise Closed(False, self.buffer)
        self.buffer += more

    def _line(self, timeout):
        while b"\r\n" not in self.buffer:
            self._more(timeout)
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def reply(self, timeout=10):
        line = self._line(timeout)
        kind, rest = line[:1], line[1:].decode()
        if kind == b"-":
            raise Error(rest)
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"*":
            return None if rest == "-1" else [self.reply(timeout) for _ in range(int(rest))]
        if kind != b"$" or rest == "-1":
            return None
        while len(self.buffer) < int(rest) + 2:
            self._more(timeout)
        text, self.buffer = self.buffer[:int(rest)], self.buffer[int(rest) + 2:]
        return text.decode(errors="replace")
