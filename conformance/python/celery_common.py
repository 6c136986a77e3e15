"""Checks of Celery that hold with any broker and result backend, and the worker that all of them need."""

import datetime
import os
import subprocess
import sys
import time

from celery import chain, group

import celery_app as shop

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import check, equal, eventually, main, raises

WAIT = {"timeout": 60, "interval": 0.02}


@check("the worker answers a ping over the pidbox")
def ping():
    eventually(lambda: shop.app.control.ping(timeout=0.5), timeout=20)


@check("a task's result")
def result():
    equal(shop.add.delay(2, 3).get(**WAIT), 5)


@check("binary and Unicode arguments")
def payload():
    equal(shop.add.delay("\u00e9\u4e16\0", "\U0001f600" * 1000).get(**WAIT), "\u00e9\u4e16\0" + "\U0001f600" * 1000)


@check("a hundred tasks in a group")
def many():
    results = group(shop.add.s(i, i) for i in range(100)).apply_async().get(**WAIT)
    equal(results, [2 * i for i in range(100)])


@check("a chain passes results on")
def chained():
    equal(chain(shop.add.s(1, 1), shop.add.s(10), shop.add.s(100)).apply_async().get(**WAIT), 112)


@check("retries with a countdown")
def retries():
    equal(shop.flaky.delay(2).get(**WAIT), 2)


@check("an exception comes back with its type and text")
def exception():
    raises(ValueError, "no such thing", shop.broken.delay("no such thing").get, **WAIT)


@check("countdown and ETA delay a task")
def delayed():
    begin = time.monotonic()
    first = shop.add.apply_async((1, 1), countdown=0.5)
    second = shop.add.apply_async((2, 2), eta=datetime.datetime.now(datetime.timezone.utc)
                                  + datetime.timedelta(seconds=0.5))
    equal((first.get(**WAIT), second.get(**WAIT)), (2, 4))
    assert time.monotonic() - begin > 0.4


@check("custom states and routed queues")
def states():
    equal(shop.routed.delay("x").get(**WAIT), "x")
    equal(shop.progress.delay().get(**WAIT), "done")


@check("inspection: registered tasks, queues, statistics")
def inspection():
    inspect = shop.app.control.inspect(timeout=1)
    assert any("celery_shop.add" in tasks for tasks in inspect.registered().values())
    assert any(q["name"] == "special" for queues in inspect.active_queues().values() for q in queues)


def with_worker(folder, *options):
    """Runs the checks beside a worker of the folder's celery_app, with these options."""
    worker = subprocess.Popen([sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--pool", "threads",
                               "--concurrency", "4", "--queues", "celery,special", "--loglevel", "CRITICAL", *options],
                              cwd=folder, stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    try:
        main()
    finally:
        worker.terminate()
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            worker.kill()
