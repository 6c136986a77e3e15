"""kombu: producers, consumers, simple queues and pools over py-amqp."""

import os
import socket
import sys

from amqp.exceptions import AccessRefused, NotAllowed, NotFound, PreconditionFailed, ResourceLocked
from kombu import Connection, Consumer, Exchange, Producer, Queue, binding
from kombu.mixins import ConsumerProducerMixin
from kombu.pools import producers

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..")]
from broker import Management
from checks import check, equal, eventually, main, raises

URL = os.environ["AMQP_URL"]


def drain(connection, inbox, number):
    while len(inbox) < number:
        connection.drain_events(timeout=5)
    return inbox


def on_connection(function):
    """The check gets a connection of its own."""
    def run():
        with Connection(URL) as connection:
            function(connection)
    run.__name__ = function.__name__
    return run


@check("entities are declared on use; JSON, pickle, zlib")
@on_connection
def entities(connection):
    exchange = Exchange("ko-media", "topic", durable=False, auto_delete=True)
    queue = Queue("ko-media", exchange, routing_key="video.#", exclusive=True)
    inbox = []
    with Consumer(connection, queue, accept=["json", "pickle"], callbacks=[lambda body, message: (inbox.append(body), message.ack())]):
        producer = Producer(connection)
        for serializer, compression in (("json", None), ("pickle", None), ("json", "zlib")):
            producer.publish({"name": "caf\u00e9", "list": [1, 2]}, exchange=exchange, routing_key="video.x", declare=[queue],
                             serializer=serializer, compression=compression)
        equal(drain(connection, inbox, 3), [{"name": "caf\u00e9", "list": [1, 2]}] * 3)


@check("a queue with several bindings")
@on_connection
def bindings(connection):
    exchange = Exchange("ko-many", "direct", durable=False, auto_delete=True)
    queue = Queue("ko-many", [binding(exchange, routing_key=k) for k in "abc"], exclusive=True)(connection.default_channel)
    queue.declare()
    producer = Producer(connection, exchange)
    for key in "abcd":
        producer.publish(key, routing_key=key)
    eventually(lambda: queue.queue_declare(passive=True).message_count == 3)
    equal([queue.get(no_ack=True).payload for _ in range(3)], ["a", "b", "c"])
    equal(queue.get(), None)


@check("ack, reject, requeue")
@on_connection
def settle(connection):
    queue = Queue("ko-settle", exclusive=True)(connection.default_channel)
    queue.declare()
    Producer(connection).publish("x", routing_key="ko-settle")
    first = eventually(queue.get)
    first.requeue()
    second = eventually(queue.get)
    equal((second.payload, second.delivery_info["redelivered"]), ("x", True))
    second.reject()
    equal(queue.get(), None)


@check("SimpleQueue and SimpleBuffer")
@on_connection
def simple(connection):
    with connection.SimpleQueue("ko-simple", queue_opts={"durable": False, "exclusive": True}) as queue:
        for i in range(5):
            queue.put({"i": i}, compression="bzip2")
        eventually(lambda: queue.qsize() == 5)
        for i in range(5):
            message = queue.get(timeout=5)
            equal(message.payload, {"i": i})
            message.ack()
        raises(queue.Empty, "", queue.get, block=False)
        queue.clear()


@check("pools of producers")
@on_connection
def pools(connection):
    queue = Queue("ko-pool", exclusive=True)(connection.default_channel)
    queue.declare()
    with Connection(URL) as other:
        for _ in range(20):
            with producers[other].acquire(block=True) as producer:
                producer.publish("x", routing_key="ko-pool", retry=True)
        producers[other].force_close_all()
    eventually(lambda: queue.queue_declare(passive=True).message_count == 20)


@check("prefetch of a consumer")
@on_connection
def prefetch(connection):
    queue = Queue("ko-prefetch", exclusive=True)
    producer = Producer(connection)
    inbox = []
    for i in range(5):
        producer.publish(i, routing_key="ko-prefetch", declare=[queue])
    with Consumer(connection, queue, prefetch_count=2, on_message=inbox.append):
        drain(connection, inbox, 2)
        raises(socket.timeout, "", connection.drain_events, timeout=0.2)
        inbox[1].ack(multiple=True)
        equal([m.payload for m in drain(connection, inbox, 4)], [0, 1, 2, 3])


@check("confirms and returns over py-amqp")
def confirms():
    with Connection(URL, transport_options={"confirm_publish": True}) as connection:
        channel = connection.default_channel
        full = Queue("ko-full", exclusive=True, max_length=1, queue_arguments={"x-overflow": "reject-publish"})(channel)
        full.declare()
        producer = Producer(connection)
        producer.publish("1", routing_key="ko-full")
        raises(Exception, "", producer.publish, "2", routing_key="ko-full")
        returned = []
        other = Producer(connection.channel(), on_return=lambda error, exchange, key, message: returned.append((error.reply_code, key)))
        other.publish("3", routing_key="ko-nowhere", mandatory=True)
        equal(drain(connection, returned, 1), [(312, "ko-nowhere")])


@check("errors have their classes")
@on_connection
def errors(connection):
    raises(NotFound, "no queue 'ko-none' in vhost '/'", Queue("ko-none")(connection.channel()).queue_declare, passive=True)
    raises(AccessRefused, "reserved prefix", Queue("amq.ko")(connection.channel()).declare)
    Exchange("ko-same", "direct", durable=False)(connection.channel()).declare()
    raises(PreconditionFailed, "inequivalent arg 'type'", Exchange("ko-same", "fanout", durable=False)(connection.channel()).declare)
    Exchange("ko-same")(connection.channel()).delete()
    Queue("ko-locked", exclusive=True)(connection.channel()).declare()
    with Connection(URL) as other:
        raises(ResourceLocked, "cannot obtain exclusive access", Queue("ko-locked")(other.channel()).queue_declare, passive=True)
    raises(AccessRefused, "Login was refused", Connection(URL.replace("guest@", "wrong@")).connect)
    raises(NotAllowed, "vhost ko-none not found", Connection(URL + "ko-none").connect)


class Worker(ConsumerProducerMixin):
    """Answers requests until it has answered so many; mends its connection on its own."""

    def __init__(self, connection, queue, wanted):
        self.connection, self.queue, self.left = connection, queue, wanted

    def get_consumers(self, Consumer, channel):
        return [Consumer(self.queue, on_message=self.on_request, accept=["json"])]

    def on_request(self, message):
        self.producer.publish(message.payload * 2, routing_key=message.properties["reply_to"],
                              correlation_id=message.properties["correlation_id"], retry=True)
        message.ack()
        self.left -= 1
        self.should_stop = self.left == 0


@check("RPC with ConsumerProducerMixin")
@on_connection
def rpc(connection):
    requests, replies = Queue("ko-rpc", auto_delete=True, durable=False), Queue("", exclusive=True)(connection.default_channel)
    replies.declare()
    producer = Producer(connection)
    for i in range(3):
        producer.publish(i, routing_key="ko-rpc", declare=[requests], reply_to=replies.name, correlation_id=str(i))
    with Connection(URL) as other:
        Worker(other, requests, 3).run()
    inbox = []
    with Consumer(connection, replies, on_message=inbox.append, no_ack=True, auto_declare=False):
        drain(connection, inbox, 3)
    equal([(m.payload, m.properties["correlation_id"]) for m in inbox], [(0, "0"), (2, "1"), (4, "2")])


@check("ensure and autoretry: a closed connection is opened again")
def recovery():
    with Connection(URL, transport_options={"client_properties": {"connection_name": "ko-victim"}}) as connection:
        connection.connect()
        api = Management()

        def named():
            return [c["name"] for c in api("GET", "connections")[1] if c.get("client_properties", {}).get("connection_name") == "ko-victim"]
        name, = eventually(named, 15)
        api("DELETE", "connections/" + name.replace(" ", "%20").replace(">", "%3E"))
        queue = Queue("ko-recovered", durable=False, auto_delete=True)
        publish = connection.ensure(Producer(connection), Producer(connection).publish, max_retries=3, interval_start=0)
        publish("x", routing_key="ko-recovered", declare=[queue])
        bound = queue(connection.default_channel)
        equal(eventually(bound.get).payload, "x")
        bound.delete()


@check("heartbeats are sent and expected")
def heartbeats():
    with Connection(URL, heartbeat=2) as connection:
        connection.connect()
        for _ in range(10):
            connection.heartbeat_check(rate=4)
            raises(socket.timeout, "", connection.drain_events, timeout=0.4)
        Queue("ko-alive", exclusive=True)(connection.default_channel).declare()


if __name__ == "__main__":
    main()
