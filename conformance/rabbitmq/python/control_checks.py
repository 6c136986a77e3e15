"""What no real broker can be asked: parlel's control side, while pika's clients are connected.

Every check has a parlel of its own; PARLEL is the program."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time

import pika
from pika.exceptions import AMQPConnectionError, ChannelClosedByBroker, ConnectionClosedByBroker, NackError

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "control"), os.path.join(HERE, "..", "..")]
from checks import Skip, check, equal, eventually, main, raises
from parlel import Parlel

BINARY = os.environ.get("PARLEL", "")


class Broker(Parlel):
    def __init__(self):
        super().__init__(BINARY, "rabbitmq:0", "--set", "rabbitmq.management=0")
        self.amqp_port = self.get("/services/rabbitmq")["port"]
        self.connections = []

    def __exit__(self, *ignored):
        for connection in self.connections:
            try:
                connection.close()
            except Exception:  # it may have ended as the check wanted it to
                pass
        super().__exit__()

    def connect(self, vhost="/", **options):
        parameters = pika.ConnectionParameters("127.0.0.1", self.amqp_port, vhost, heartbeat=0,
                                               blocked_connection_timeout=None, **options)
        self.connections.append(pika.BlockingConnection(parameters))
        return self.connections[-1]

    def channel(self, vhost="/"):
        return self.connect(vhost).channel()

    def cli(self, *words, status=0):
        env = {**os.environ, "PARLEL_URL": f"http://127.0.0.1:{self.port}", "PARLEL_STATE_DIR": self.folder.name}
        done = subprocess.run([BINARY, *words], env=env, capture_output=True, text=True, timeout=20)
        equal(done.returncode, status, done.stderr)
        return done.stdout

    def execute(self, *words):
        return json.loads(self.cli("exec", "rabbitmq", *words, "--json"))["result"]

    def state(self):
        return self.get("/services/rabbitmq/state")["state"]


def with_broker(function):
    def run():
        if not BINARY:
            raise Skip("the broker is not parlel")
        with Broker() as broker:
            function(broker)
            equal(broker.process.poll(), None, "exit status of the server")
    run.__name__ = function.__name__
    check(function.__name__.replace("_", " "))(run)
    return function


def consume(channel, queue, **options):
    """The inbox of a new consumer."""
    inbox = []
    channel.basic_consume(queue, lambda c, method, properties, body: inbox.append((method, body)), **options)
    return inbox


def take(channel, inbox, *bodies):
    """The methods of deliveries, which have to have these bodies."""
    def arrived():
        channel.connection.process_data_events(0.01)
        return len(inbox) >= len(bodies)
    eventually(arrived)
    equal([body for _, body in inbox], list(bodies))
    methods = [method for method, _ in inbox]
    inbox.clear()
    return methods


def quiet(channel, inbox):
    channel.connection.process_data_events(0.1)
    equal(inbox, [])


def put(channel, queue, *bodies, **properties):
    for body in bodies:
        channel.basic_publish("", queue, body, pika.BasicProperties(**properties))


def bodies(channel, queue):
    found = []
    while True:
        _, _, body = channel.basic_get(queue, auto_ack=True)
        if body is None:
            return found
        found.append(body)


def count(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


# ---- reset, checkpoints, rewinds

@with_broker
def a_reset_empties_the_broker_and_keeps_connections(p):
    channel = p.channel()
    channel.queue_declare("jobs", durable=True)
    put(channel, "jobs", b"a")
    p.post("/services/rabbitmq/reset")
    raises(ChannelClosedByBroker, "no queue 'jobs'", count, channel, "jobs")
    channel = channel.connection.channel()
    channel.queue_declare("jobs")
    equal(count(channel, "jobs"), 0)


@with_broker
def a_reset_comes_back_to_the_fixture(p):
    p.post("/seed", {"rabbitmq": {"queues": {"jobs": {}}, "messages": [{"queue": "jobs", "body": "a"}]}})
    channel = p.channel()
    equal(bodies(channel, "jobs"), [b"a"])
    p.post("/services/rabbitmq/reset")
    equal(bodies(channel, "jobs"), [b"a"])


@with_broker
def a_rewind_brings_back_what_was_ready_and_what_was_not_acknowledged(p):
    channel = p.channel()
    channel.queue_declare("jobs")
    put(channel, "jobs", b"a", b"b", b"c")
    channel.basic_qos(prefetch_count=2)
    inbox = consume(channel, "jobs")
    first, second = take(channel, inbox, b"a", b"b")
    p.post("/checkpoints", {"name": "two"})
    channel.basic_ack(first.delivery_tag)
    third, = take(channel, inbox, b"c")
    p.post("/checkpoints/two/rewind")
    channel.basic_ack(third.delivery_tag)  # what the rewind took back
    quiet(channel, inbox)
    channel.basic_ack(first.delivery_tag)  # owed again
    again, = take(channel, inbox, b"c")
    channel.basic_ack(second.delivery_tag)
    channel.basic_ack(again.delivery_tag)
    channel.basic_qos()  # the channel is open
    equal(p.execute("list queues messages_ready,messages_unacknowledged"),
          [{"messages_ready": 0, "messages_unacknowledged": 0}])


@with_broker
def what_a_closed_channel_owed_at_the_checkpoint_is_ready_after_the_rewind(p):
    channel = p.channel()
    channel.queue_declare("jobs")
    put(channel, "jobs", b"a")
    other = p.channel()
    other.basic_get("jobs")
    p.post("/checkpoints", {"name": "owed"})
    other.connection.close()
    equal(bodies(channel, "jobs"), [b"a"])
    p.post("/checkpoints/owed/rewind")
    method, _, body = channel.basic_get("jobs")
    equal((body, count(channel, "jobs")), (b"a", 0))


@with_broker
def consumers_live_through_rewinds(p):
    channel, publisher = p.channel(), p.channel()
    channel.queue_declare("jobs")
    inbox = consume(channel, "jobs", auto_ack=True)
    p.post("/checkpoints", {"name": "empty"})
    for i in range(3):
        put(publisher, "jobs", b"a")
        take(channel, inbox, b"a")
        p.post("/checkpoints/empty/rewind")
    put(publisher, "jobs", b"b")
    take(channel, inbox, b"b")


@with_broker
def queues_that_come_after_the_checkpoint_go_with_their_consumers(p):
    channel = p.channel()
    p.post("/checkpoints", {"name": "none"})
    channel.queue_declare("late")
    cancelled = []
    channel.add_on_cancel_callback(lambda frame: cancelled.append(frame.method.consumer_tag))
    consume(channel, "late")
    p.post("/checkpoints/none/rewind")

    def told():
        channel.connection.process_data_events(0.01)
        return cancelled
    eventually(told)
    channel.queue_declare("late")
    equal(count(channel, "late"), 0)


# ---- worlds

@with_broker
def a_virtual_host_names_a_world(p):
    channel = p.channel()
    channel.queue_declare("jobs")
    put(channel, "jobs", b"a")
    p.cli("fork", "t42")
    there = p.channel("/@t42")
    equal(bodies(there, "jobs"), [b"a"])
    put(there, "jobs", b"b", b"c")
    equal((count(channel, "jobs"), count(there, "jobs")), (1, 2))
    equal(p.execute("list queues messages", "--world", "t42"), [{"messages": 2}])
    equal([r["world"] for r in p.records(op="basic.publish")], ["", "t42", "t42"])
    raises(AMQPConnectionError, "", p.connect, "/@nobody")
    p.cli("drop", "t42")
    raises(AMQPConnectionError, "", lambda: [time.sleep(0.1), there.connection.process_data_events(0.2), count(there, "jobs")])
    equal(bodies(channel, "jobs"), [b"a"])


@with_broker
def worlds_have_all_virtual_hosts(p):
    p.post("/seed", {"rabbitmq": {"vhosts": ["app"], "queues": [{"name": "jobs", "vhost": "app"}]}})
    p.cli("fork", "w1")
    equal(count(p.channel("app@w1"), "jobs"), 0)


# ---- the clock

@with_broker
def the_clock_expires_messages_queues_and_delays(p):
    channel = p.channel()
    channel.queue_declare("dead")
    channel.queue_declare("ttl", arguments={"x-message-ttl": 3600000, "x-dead-letter-exchange": "",
                                            "x-dead-letter-routing-key": "dead"})
    channel.queue_declare("gone", arguments={"x-expires": 7200000})
    channel.exchange_declare("later", "x-delayed-message", arguments={"x-delayed-type": "fanout"})
    channel.queue_declare("due")
    channel.queue_bind("due", "later")
    inbox = consume(channel, "dead", auto_ack=True)
    put(channel, "ttl", b"queue's")
    put(channel, "due", b"own", expiration="1000")
    channel.basic_publish("later", "", b"delayed", pika.BasicProperties(headers={"x-delay": 60000}))
    equal((count(channel, "ttl"), count(channel, "due")), (1, 1))
    p.call("PUT", "/clock", {"advance": "24h"})
    take(channel, inbox, b"queue's")
    equal((count(channel, "ttl"), bodies(channel, "due")), (0, [b"delayed"]))
    raises(ChannelClosedByBroker, "no queue 'gone'", count, channel, "gone")


# ---- the journal

@with_broker
def the_journal_tells_of_every_method(p):
    channel = p.channel()
    since = p.since()
    channel.queue_declare("jobs")
    put(channel, "jobs", b"hello")
    consume(channel, "jobs", auto_ack=True)
    raises(ChannelClosedByBroker, "no queue", count, channel.connection.channel(), "nope")
    eventually(lambda: len(p.records(since=since, op="queue.declare")) == 2)
    records = p.records(since=since, service="rabbitmq")
    equal([(r["op"], r["outcome"]) for r in records if r["op"] in ("queue.declare", "basic.publish", "basic.consume", "basic.deliver")],
          [("queue.declare", "ok"), ("basic.publish", "ok"), ("basic.consume", "ok"), ("basic.deliver", "ok"),
           ("queue.declare", "error:404")])
    equal(all("hello" not in json.dumps(r) for r in records), True)


@with_broker
def wait_waits_for_a_publish(p):
    channel = p.channel()
    channel.queue_declare("orders")
    found = []
    waiter = threading.Thread(target=lambda: found.append(
        p.cli("wait", "service=rabbitmq", "op=basic.publish", "key=ord*", "--count", "2", "--timeout", "10s")))
    waiter.start()
    time.sleep(0.3)
    put(channel, "orders", b"a", b"b")
    waiter.join(15)
    equal(len(found), 1)
    p.cli("wait", "service=rabbitmq", "op=basic.publish", "--timeout", "100ms", status=1)


# ---- faults

@with_broker
def a_fault_closes_the_channel_with_a_code(p):
    p.fault("error=404:gone fishing", service="rabbitmq", op="queue.declare", key="jobs", times=1)
    channel = p.channel()
    raises(ChannelClosedByBroker, "gone fishing", channel.queue_declare, "jobs")
    equal(channel.connection.channel().queue_declare("jobs").method.queue, "jobs")


@with_broker
def a_hard_code_closes_the_connection(p):
    p.fault("error=RESOURCE_ERROR:no room", op="basic.get")
    channel = p.channel()
    channel.queue_declare("jobs")
    raises(ConnectionClosedByBroker, "no room", channel.basic_get, "jobs")


@with_broker
def a_publish_is_refused(p):
    p.fault("error=nack", op="basic.publish", key="jobs", nth=2, times=1)
    channel = p.channel()
    channel.queue_declare("jobs")
    channel.confirm_delivery()
    put(channel, "jobs", b"a")
    raises(NackError, "", put, channel, "jobs", b"b")
    put(channel, "jobs", b"c")
    equal(bodies(channel, "jobs"), [b"a", b"c"])


def publish_ends_the_connection(p, fault, messages):
    """So many messages are there then."""
    channel, other = p.channel(), p.channel()
    channel.queue_declare("jobs")
    p.fault(fault, op="basic.publish", times=1)
    channel.confirm_delivery()
    raises(AMQPConnectionError, "", put, channel, "jobs", b"a")
    equal(count(other, "jobs"), messages)


@with_broker
def a_drop_ends_the_connection_without_effect(p):
    publish_ends_the_connection(p, "drop", 0)


@with_broker
def a_dropped_reply_comes_after_the_effect(p):
    publish_ends_the_connection(p, "drop-reply", 1)


@with_broker
def a_delay_holds_one_connection_alone(p):
    channel, other = p.channel(), p.channel()
    p.fault("delay=400ms", op="queue.declare", key="slow")
    began = time.monotonic()
    done = []
    slow = threading.Thread(target=lambda: done.append(channel.queue_declare("slow")))
    slow.start()
    time.sleep(0.1)
    other.queue_declare("fast")
    equal(done, [])
    slow.join(5)
    equal(len(done), 1)
    equal(time.monotonic() - began >= 0.4, True)


@with_broker
def a_held_method_goes_on_when_it_is_released(p):
    channel = p.channel()
    rule = p.fault("hold", op="queue.declare", key="held")
    done = []
    held = threading.Thread(target=lambda: done.append(channel.queue_declare("held")))
    held.start()
    time.sleep(0.3)
    equal(done, [])
    p.post(f"/faults/{rule}/release")
    held.join(5)
    equal(len(done), 1)


@with_broker
def publishers_are_blocked_and_told(p):
    told = []
    connection = p.connect()
    connection.add_on_connection_blocked_callback(lambda c, frame: told.append("blocked"))
    connection.add_on_connection_unblocked_callback(lambda c, frame: told.append("unblocked"))
    channel = connection.channel()
    channel.queue_declare("jobs")
    rule = p.fault("hold", op="connection.blocked")
    put(channel, "jobs", b"a")

    def has(word):
        connection.process_data_events(0.01)
        return word in told
    eventually(lambda: has("blocked"))
    p.post(f"/faults/{rule}/release")
    eventually(lambda: has("unblocked"))
    eventually(lambda: count(channel, "jobs") == 1)


# ---- the command line

@with_broker
def exec_and_inspect(p):
    p.cli("exec", "rabbitmq", "declare queue jobs")
    p.cli("exec", "rabbitmq", "declare exchange events type=topic")
    p.cli("exec", "rabbitmq", "bind events jobs job.#")
    channel = p.channel()
    inbox = consume(channel, "jobs")
    equal(p.cli("exec", "rabbitmq", "publish events job.new hello tries=1").strip(), "routed")
    take(channel, inbox, b"hello")
    state = p.state()
    message, = state["messages"]
    equal((message["queue"], message["payload"], message["properties"]), ("jobs", "hello", {"headers": {"tries": 1}}))
    equal(message["unacknowledged"]["delivery_tag"], 1)
    equal([c["queue"]["name"] for c in state["consumers"]], ["jobs"])
    p.cli("exec", "rabbitmq", "get nope", status=1)


@with_broker
def a_dump_is_a_fixture(p):
    channel = p.channel()
    channel.exchange_declare("events", "topic", durable=True)
    channel.queue_declare("jobs", durable=True, arguments={"x-max-priority": 5, "x-list": [1, "a", True]})
    channel.queue_bind("jobs", "events", "#", {"x": 1})
    put(channel, "jobs", b"\xff\x00", b"text", priority=3, headers={"n": {"a": [1, "b"]}}, content_type="x/y")
    channel.basic_get("jobs")
    state = p.state()
    with Broker() as other:
        other.post("/seed", {"rabbitmq": state})
        again = other.state()
    for message in state["messages"]:
        message.pop("unacknowledged", None)
        message["redelivered"] = False
    equal(again, {**state, "users": again["users"]})


@with_broker
def mistakes_in_fixtures_have_a_place(p):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("rabbitmq:\n  queues: [fine]\n  exchanges:\n    odd: tropic\n")
        file.flush()
        got = subprocess.run([BINARY, "check", file.name], capture_output=True, text=True, timeout=20)
    equal(got.returncode, 4, got.stderr)
    equal(":4:5: exchanges: unknown exchange type 'tropic'" in got.stderr, True, got.stderr)


@with_broker
def env_and_run_tell_programs_where_it_is(p):
    lines = dict(line.split("=", 1) for line in p.cli("env").splitlines() if "=" in line)
    equal((lines["RABBITMQ_URL"], lines["RABBITMQ_PORT"]), (f"amqp://guest:guest@127.0.0.1:{p.amqp_port}", str(p.amqp_port)))
    done = subprocess.run([BINARY, "run", "rabbitmq", "--", "sh", "-c", "echo $RABBITMQ_URL $AMQP_URL $RABBITMQ_HOST $RABBITMQ_PORT"],
                          env={**os.environ, "PARLEL_STATE_DIR": p.folder.name}, capture_output=True, text=True, timeout=20)
    url, amqp_url, host, port = done.stdout.split()
    equal((url, amqp_url, host), (f"amqp://guest:guest@127.0.0.1:{port}",) * 2 + ("127.0.0.1",))


main()
