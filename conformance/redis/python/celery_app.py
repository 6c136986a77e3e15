"""The shop with Redis as its broker and its result backend."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python"))
from celery_shop import *

URL = f"redis://127.0.0.1:{os.environ['REDIS_PORT']}/"
app.conf.update(
    broker_url=URL + "1",
    result_backend=URL + "2",
    broker_transport_options={"polling_interval": 0.05, "visibility_timeout": 60,
                              "priority_steps": [0, 5, 9], "queue_order_strategy": "priority"},
)


@app.task(ignore_result=True)
def record(item):
    app.backend.client.rpush("recorded", item)
