"""The application that the Celery checks drive, whatever its broker: a worker imports a celery_app that configures it,
the checks call its tasks."""

from celery import Celery

app = Celery("shop")
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    result_expires=600,
    task_routes={"*.routed": {"queue": "special"}},
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
