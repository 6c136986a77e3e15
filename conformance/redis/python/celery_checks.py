"""Celery: a worker with Redis as broker and as result backend."""

import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from celery import chord

import celery_app as shop
from celery_common import WAIT, check, equal, eventually, raises, with_worker


@check("a chord's callback runs once, after its last part")
def chorded():
    equal(chord([shop.add.s(i, 1) for i in range(10)])(shop.total.s()).get(**WAIT), 55)


@check("a failing part fails its chord")
def chord_error():
    broken = chord([shop.add.s(1, 1), shop.broken.s("part")])(shop.total.s())
    raises(Exception, "part", broken.get, **WAIT)


@check("a revoked task does not run")
def revoked():
    task = shop.record.apply_async(("revoked",), countdown=1)
    shop.app.control.revoke(task.id)
    shop.record.delay("kept")
    client = shop.app.backend.client
    eventually(lambda: client.llen("recorded") == 1, timeout=10)
    time.sleep(1.2)
    equal(client.lrange("recorded", 0, -1), [b"kept"])


@check("results are stored with their expiry and can be forgotten")
def forget():
    task = shop.add.delay(1, 2)
    task.get(**WAIT)
    client = shop.app.backend.client
    key = "celery-task-meta-" + task.id
    assert 0 < client.ttl(key) <= 600
    task.forget()
    equal(client.exists(key), 0)


if __name__ == "__main__":
    with_worker(HERE, "--without-gossip", "--without-mingle")
