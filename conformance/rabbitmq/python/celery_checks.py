"""Celery: a worker with RabbitMQ as its broker and results over RPC."""

import os
import socket
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from celery import group

import celery_app as shop
from celery_common import WAIT, check, equal, eventually, with_worker


def recorded():
    """What the tasks left, in their order."""
    found = []
    with shop.app.connection() as connection, connection.SimpleQueue("shop-recorded", queue_opts={"auto_delete": False, "expires": 60}) as queue:
        while True:
            try:
                message = queue.get(block=False)
            except queue.Empty:
                return found
            message.ack()
            found.append(message.payload)


@check("a revoked task does not run")
def revoked():
    task = shop.record.apply_async(("revoked",), countdown=1)
    shop.app.control.revoke(task.id)
    shop.record.delay("kept")
    found = []
    eventually(lambda: found.extend(recorded()) or found, timeout=10)
    time.sleep(1.2)
    equal(found + recorded(), ["kept"])


@check("tasks with priorities, in a publisher pool with confirms")
def priorities():
    shop.app.conf.broker_transport_options = {"confirm_publish": True}
    results = group(shop.add.s(i, 0).set(priority=i % 10) for i in range(30)).apply_async().get(**WAIT)
    equal(results, list(range(30)))


@check("three hundred tasks")
def hundreds():
    results = group(shop.add.s(i, 1) for i in range(300)).apply_async().get(**WAIT)
    equal(sum(results), 300 + 299 * 150)


@check("remote control: rate limits, pool statistics, a consumer added and cancelled")
def control():
    control = shop.app.control
    equal([list(reply.values())[0]["ok"] for reply in control.rate_limit("celery_shop.add", "1000/s", reply=True, timeout=2)],
          ["new rate limit set successfully"])
    stats = control.inspect(timeout=2).stats()
    equal([s["broker"]["transport"] for s in stats.values()], ["amqp"])
    control.add_consumer("shop-later", reply=True, timeout=2)
    equal(shop.add.apply_async((1, 2), queue="shop-later").get(**WAIT), 3)
    control.cancel_consumer("shop-later", reply=True, timeout=2)
    with shop.app.connection() as connection:
        connection.default_channel.queue_delete("shop-later")


@check("events: of tasks received and done")
def events():
    """A worker begins to send events some time after it said so: tasks are sent until one told both."""
    seen = set()
    eventually(lambda: shop.app.control.enable_events(reply=True, timeout=1), timeout=20)
    with shop.app.connection() as connection:
        receiver = shop.app.events.Receiver(connection, handlers={"*": lambda event: seen.add(event["type"])})
        with receiver.consumer_context() as (receiving, _, _):
            def told():
                shop.add.delay(4, 4).get(**WAIT)
                try:
                    while not {"task-received", "task-succeeded"} <= seen:
                        receiving.drain_events(timeout=0.5)
                except socket.timeout:
                    return False
                return True
            eventually(told, timeout=20)


if __name__ == "__main__":
    # A pool of threads acknowledges only when a delivery comes or two seconds have passed: on a busy machine every window
    # of prefetched messages may take that long. Processes have an event loop beside them.
    with_worker(HERE, "--pool", "prefork", "--concurrency", "2")
