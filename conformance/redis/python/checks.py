"""Named checks for client programs in Python: `@check("what holds")` functions, run in order.

REDIS_PORT names the server, CHECK_FILTER a piece of the names wanted."""

import os
import sys
import time
import traceback

PORT = int(os.environ.get("REDIS_PORT", "6379"))
HOST = "127.0.0.1"
_checks = []


class Skip(Exception):
    """The check cannot run here; says why."""


def check(name):
    def register(function):
        _checks.append((name, function))
        return function
    return register


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r}")


def raises(kind, text, function, *args, **kwargs):
    """The call fails with that kind of error, and its message contains the text."""
    try:
        got = function(*args, **kwargs)
    except kind as error:
        if text not in str(error):
            raise AssertionError(f"error {str(error)!r} lacks {text!r}") from None
        return
    raise AssertionError(f"no error, got {got!r}")


def eventually(probe, timeout=5):
    """Polls until the probe's value is true, and returns it."""
    deadline = time.monotonic() + timeout
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.01)


def main():
    wanted = os.environ.get("CHECK_FILTER", "")
    failed = 0
    for name, function in _checks:
        if wanted not in name:
            continue
        try:
            function()
            print(f"ok {name}", flush=True)
        except Skip as reason:
            print(f"skip {name}: {reason}", flush=True)
        except Exception as error:
            failed += 1
            where = traceback.extract_tb(error.__traceback__)
            line = next((f.lineno for f in where if f.name == function.__name__), "?")
            text = " ".join(str(error).split())[:400]
            print(f"FAIL {name}: {type(error).__name__} at line {line}: {text}", flush=True)
    sys.exit(1 if failed else 0)
