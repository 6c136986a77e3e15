"""Named checks for client programs in Python: `@check("what holds")` functions, run in order.

`@check` alone names a check after its function. CHECK_FILTER is a piece of the names wanted."""

import os
import sys
import time
import traceback

_checks = []


class Skip(Exception):
    """The check cannot run here; says why."""


def check(name):
    if callable(name):
        return check(name.__name__.replace("_", " "))(name)

    def register(function):
        _checks.append((name, function))
        return function
    return register


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what + ': ' if what else ''}got {got!r}, wanted {wanted!r}")


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


def run_plainly(function):
    function()


def where(error, function):
    """" at line N" of the check's function, when the error came through it."""
    name = getattr(function, "__name__", None)
    return next((f" at line {f.lineno}" for f in traceback.extract_tb(error.__traceback__) if f.name == name), "")


def main(run=run_plainly):
    """Runs the checks wanted and exits; `run` calls one, with the connection that the program gives each."""
    wanted = os.environ.get("CHECK_FILTER", "")
    failed = 0
    for name, function in _checks:
        if wanted not in name:
            continue
        try:
            run(function)
            print(f"ok {name}", flush=True)
        except Skip as reason:
            print(f"skip {name}: {reason}", flush=True)
        except Exception as error:  # whatever it is, the next check begins anew
            failed += 1
            text = " ".join(str(error).split())[:400]
            print(f"FAIL {name}: {type(error).__name__}{where(error, function)}: {text}", flush=True)
    sys.exit(1 if failed else 0)
