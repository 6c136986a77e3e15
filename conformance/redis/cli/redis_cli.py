"""redis-cli in its modes, as people and scripts use it."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "python"), os.path.join(HERE, "..", "..")]
from checks import check, equal, eventually, main
from server import PORT

CLI = ["redis-cli", "-p", str(PORT)]


def cli(*args, stdin=None, env=None):
    done = subprocess.run([*CLI, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=20, env={**os.environ, **(env or {})})
    return done.stdout


def lines(*args, **kwargs):
    return cli(*args, **kwargs).decode().splitlines()


@check("commands and replies, raw")
def raw():
    equal(lines("SET", "raw", "hello world"), ["OK"])
    equal(lines("GET", "raw"), ["hello world"])
    equal(lines("RPUSH", "rawlist", "a", "b"), ["2"])
    equal(lines("LRANGE", "rawlist", "0", "-1"), ["a", "b"])


@check("replies shown with their types")
def typed():
    equal(lines("--no-raw", "INCR", "typed:n"), ["(integer) 1"])
    equal(lines("--no-raw", "GET", "typed:none"), ["(nil)"])
    equal(lines("--no-raw", "LRANGE", "typed:none", "0", "-1"), ["(empty array)"])
    equal(lines("--no-raw", "SET", "typed:s", 'a"b'), ["OK"])
    equal(lines("--no-raw", "GET", "typed:s"), ['"a\\"b"'])
    equal(lines("--no-raw", "INCR", "typed:s"), ["(error) ERR value is not an integer or out of range"])


@check("RESP3 with -3: maps, sets, doubles, booleans")
def resp3():
    cli("HSET", "r3h", "f", "v")
    cli("ZADD", "r3z", "1.5", "m")
    equal(lines("-3", "--no-raw", "HGETALL", "r3h"), ['1# "f" => "v"'])
    equal(lines("-3", "--no-raw", "ZSCORE", "r3z", "m"), ["(double) 1.5"])
    equal(lines("-3", "--no-raw", "EVAL", "redis.setresp(3); return true", "0"), ["(true)"])
    cli("SADD", "r3s", "x")
    equal(lines("-3", "--no-raw", "SMEMBERS", "r3s"), ['1~ "x"'])


@check("--csv and --json output")
def formats():
    cli("RPUSH", "fmt", "1", "two", 'th"ree')
    equal(lines("--csv", "LRANGE", "fmt", "0", "-1"), ['"1","two","th\\"ree"'])
    equal(lines("--json", "LRANGE", "fmt", "0", "-1"), ['["1","two","th\\"ree"]'])
    cli("HSET", "fmth", "a", "1")
    equal(lines("--json", "HGETALL", "fmth"), ['{"a":"1"}'])


@check("commands from standard input")
def piped():
    out = lines(stdin=b"SET in:a 1\nINCR in:a\nGET in:a\nMULTI\nINCR in:a\nEXEC\n")
    equal(out, ["OK", "2", "2", "OK", "QUEUED", "3"])


@check("--pipe mass insertion")
def mass_insertion():
    def encode(*args):
        return b"*%d\r\n" % len(args) + b"".join(b"$%d\r\n%s\r\n" % (len(a), a) for a in args)
    data = b"".join(encode(b"SET", b"pipe:%d" % i, b"value\0%d" % i) for i in range(5000))
    out = cli("--pipe", stdin=data + encode(b"INCR", b"pipe:0"))
    assert b"errors: 1, replies: 5001" in out, out
    equal(cli("GET", "pipe:4999"), b"value\x004999\n")


@check("-x and -X take an argument from standard input")
def argument_from_input():
    equal(cli("-x", "SET", "x:bin", stdin=b"\x00\xff\r\n\x01"), b"OK\n")
    equal(cli("STRLEN", "x:bin"), b"5\n")
    equal(cli("-X", "tag", "SET", "x:tag", "tag", "EX", "100", stdin=b"payload"), b"OK\n")
    equal(cli("GET", "x:tag"), b"payload\n")


@check("-n selects a database, -r repeats, -u takes an address")
def options():
    equal(lines("-n", "5", "SET", "db5", "1"), ["OK"])
    equal(lines("EXISTS", "db5"), ["0"])
    equal(lines("-r", "3", "INCR", "rep"), ["1", "2", "3"])
    equal(lines("-u", f"redis://127.0.0.1:{PORT}/5", "GET", "db5"), ["1"])


@check("-e turns an error reply into an exit status")
def exit_status():
    done = subprocess.run([*CLI, "-e", "NOSUCH", "x"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    equal(done.returncode, 1)
    assert b"ERR unknown command 'NOSUCH', with args beginning with: 'x'" in done.stdout, done.stdout


@check("--eval runs a file with keys and arguments")
def eval_file():
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write("redis.call('SET', KEYS[1], ARGV[1]); return {KEYS[1], ARGV[1], #ARGV}")
        script.flush()
        equal(lines("--eval", script.name, "ev:k", ",", "v1", "v2"), ["ev:k", "v1", "2"])


@check("--scan with a pattern and a type")
def scan():
    cli(stdin=b"".join(b"SET scan:%d x\n" % i for i in range(500)) + b"SADD scan:set a\n")
    equal(sorted(lines("--scan", "--pattern", "scan:49*")), sorted(["scan:49"] + [f"scan:49{i}" for i in range(10)]))
    equal(len(set(lines("--scan", "--pattern", "scan:*"))), 501)


@check("--bigkeys")
def bigkeys():
    cli("RPUSH", "big:list", *[str(i) for i in range(700)])
    text = cli("--bigkeys").decode()
    assert 'Biggest   list found \'"big:list"\' has 700 items' in text, text[-600:]


@check("--memkeys")
def memkeys():
    cli("-x", "SET", "mem:big", stdin=b"x" * 200000)
    text = cli("--memkeys").decode()
    assert "Biggest string found '\"mem:big\"'" in text, text[-600:]


@check("--hotkeys under an LFU policy")
def hotkeys():
    cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    try:
        cli(stdin=b"SET hot:k 1\n" + b"GET hot:k\n" * 500)
        text = cli("--hotkeys").decode()
        assert "hot key found with counter" in text and "hot:k" in text, text[-600:]
    finally:
        cli("CONFIG", "SET", "maxmemory-policy", "noeviction")


def start(*args):
    return subprocess.Popen([*CLI, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)


def read_until(process, wanted, timeout=5):
    """Reads the program's output until the wanted bytes are there; ends the program when they are not."""
    got, deadline = b"", time.monotonic() + timeout
    while wanted not in got:
        ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        piece = os.read(process.stdout.fileno(), 65536) if ready else b""
        if not piece:
            process.kill()
            raise AssertionError(f"no {wanted!r} in {got!r}")
        got += piece
    return got


class Terminal:
    """redis-cli on a terminal of its own."""

    def __init__(self, *args):
        self.text = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(HOME="/nonexistent", TERM="xterm", REDISCLI_RCFILE="/dev/null")
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
            os.execvp("redis-cli", [*CLI, *args])

    def until(self, wanted, timeout=8):
        """Reads past the wanted bytes; returns what stood before them."""
        deadline = time.monotonic() + timeout
        while wanted not in self.text:
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"no {wanted!r} in {self.text!r}")
            self.text += os.read(self.fd, 65536)
        before, _, self.text = self.text.partition(wanted)
        return before

    def type(self, keys):
        os.write(self.fd, keys)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


@check("--stat")
def stat():
    with Terminal("--stat", "-i", "0.1") as terminal:
        terminal.until(b"keys       mem      clients blocked requests")
        terminal.until(b"(+1)")


@check("--latency")
def latency():
    process = start("--latency", "--raw", "-i", "1")
    out, _ = process.communicate(timeout=10)
    equal(len(out.split()), 4)


@check("MONITOR shows other clients' commands")
def monitor():
    process = start("MONITOR")
    read_until(process, b"OK\n")
    cli("-n", "3", "SET", "mon:k", 'a"\n\x01b')
    got = read_until(process, b"mon:k")
    process.kill()
    process.wait()
    assert b' [3 127.0.0.1:' in got and b'] "SET" "mon:k" "a\\"\\n\\x01b"' in got, got


@check("SUBSCRIBE and PSUBSCRIBE stream messages")
def subscribe():
    channel, pattern = start("SUBSCRIBE", "news"), start("PSUBSCRIBE", "n?ws")
    read_until(channel, b"subscribe\nnews\n1\n")
    read_until(pattern, b"psubscribe\nn?ws\n1\n")
    equal(lines("PUBLISH", "news", "hello"), ["2"])
    read_until(channel, b"message\nnews\nhello\n")
    read_until(pattern, b"pmessage\nn?ws\nnews\nhello\n")
    for process in (channel, pattern):
        process.kill()
        process.wait()


@check("a person at the prompt")
def prompt():
    with Terminal() as terminal:
        terminal.until(f"127.0.0.1:{PORT}> ".encode())
        for typed, wanted in ((b"set pty:k 41\r", b"OK\r\n"), (b"incr pty:k\r", b"(integer) 42\r\n"),
                              (b"select 2\r", b"[2]> "), (b"help getdel\r", b"6.2.0"),
                              (b"multi\r", b"(TX)> "), (b"exec\r", b"(empty array)")):
            terminal.type(typed)
            terminal.until(wanted)
            if not wanted.endswith(b"> "): # what is typed before the next prompt is thrown away
                terminal.until(b"> ")


@check("users and passwords: --user, -a, REDISCLI_AUTH")
def auth():
    cli("ACL", "SETUSER", "ann", "on", ">secret", "~ann:*", "+@all")
    try:
        equal(lines("--user", "ann", "--pass", "secret", "--no-auth-warning", "ACL", "WHOAMI"), ["ann"])
        out = lines("--user", "ann", "GET", "other", env={"REDISCLI_AUTH": "secret"})
        equal(out[0], "NOPERM this user has no permissions to access one of the keys used as arguments")
        out = cli("--user", "ann", "--pass", "wrong", "--no-auth-warning", "PING")
        assert b"WRONGPASS invalid username-password pair or user is disabled." in out, out
    finally:
        cli("ACL", "DELUSER", "ann")


@check("a blocked command waits for another client")
def blocked():
    process = start("BLPOP", "blk:q", "5")
    eventually(lambda: b"cmd=blpop" in cli("CLIENT", "LIST"))
    cli("RPUSH", "blk:q", "job")
    out, _ = process.communicate(timeout=5)
    equal(out, b"blk:q\njob\n")


@check("INFO sections that tools read")
def info():
    text = cli("INFO", "everything").decode()
    for field in ("redis_version:7.", "redis_mode:standalone", "tcp_port:%d" % PORT, "role:master", "loading:0",
                  "maxmemory_policy:noeviction", "connected_clients:", "used_memory_human:", "cluster_enabled:0",
                  "cmdstat_set:calls=", "db0:keys=", "total_commands_processed:", "errorstat_ERR:count="):
        assert "\n" + field in text, field


if __name__ == "__main__":
    main()
