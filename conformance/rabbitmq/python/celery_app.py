"""The shop with RabbitMQ as its broker, and results over RPC."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python"))
from celery_shop import *
from kombu import Queue

app.conf.update(
    broker_url=os.environ["AMQP_URL"],
    result_backend="rpc://",
    broker_connection_timeout=5,
    worker_prefetch_multiplier=2,
    task_queues=[Queue(name, queue_arguments={"x-max-priority": 10, "x-expires": 60000}) for name in ("celery", "special")],
    event_queue_expires=60,
)


@app.task(ignore_result=True)
def record(item):
    """Leaves the item in the queue of that name."""
    with app.connection_for_write() as connection, connection.SimpleQueue("shop-recorded", queue_opts={"auto_delete": False, "expires": 60}) as queue:
        queue.put(item)
