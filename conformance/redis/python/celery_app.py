"""The application that the Celery checks drive: a worker imports it, the checks call its tasks."""

import os

from celery import Celery

URL = f"redis://127.0.0.1:{os.environ['REDIS_PORT']}/"
app = Celery("shop", broker=URL + "1", backend=URL + "2")
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    result_expires=600,
    broker_transport_options={"polling_interval": 0.05, "visibility_timeout": 60,
                              "priority_steps": [0, 5, 9], "queue_order_strategy": "priority"},
    task_routes={"celery_app.routed": {"queue": "special"}},
)


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def flaky(self, succeed_at):
    if self.request.retries < succeed_at:
        raise self.retry(countdown=0.05)
    return self.request.retries


@app.task
def broken(text):
    raise ValueError(text)


@app.task
def routed(value):
    return value


@app.task(bind=True)
def progress(self):
    self.update_state(state="HALFWAY", meta={"done": 50})
    return "done"


@app.task(ignore_result=True)
def record(item):
    app.backend.client.rpush("recorded", item)
