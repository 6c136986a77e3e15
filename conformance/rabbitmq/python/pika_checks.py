"""pika: what an application does with its blocking and its asynchronous connections."""

import os
import subprocess
import sys
import threading
import time

import pika
from pika.exceptions import (AMQPConnectionError, ChannelClosedByBroker, ConnectionClosedByBroker, NackError, ProbableAuthenticationError,
                             StreamLostError, UnroutableError)

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..")]
from broker import Management
from checks import Skip, check, equal, eventually, main, raises

URL = os.environ["AMQP_URL"]


def parameters(**changes):
    made = pika.URLParameters(URL)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def on_channel(name):
    """A check with a channel on a connection of its own."""
    def register(function):
        def run():
            connection = pika.BlockingConnection(parameters())
            try:
                function(connection.channel())
            finally:
                if connection.is_open:
                    connection.close()
        run.__name__ = function.__name__
        check(name)(run)
        return function
    return register


def temporary(channel, **arguments):
    return channel.queue_declare("", exclusive=True, arguments=arguments).method.queue


def put(channel, queue, *bodies, **properties):
    for body in bodies:
        channel.basic_publish("", queue, body, pika.BasicProperties(**properties))


def count(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def get(channel, queue, **options):
    """The next message, waited for."""
    found = []

    def probe():
        found[:] = channel.basic_get(queue, **options)
        return found[0]
    eventually(probe)
    return found


def drain(channel, queue):
    found = []
    while True:
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return found
        found.append((method, properties, body))


def bodies_of(messages):
    return [body for _, _, body in messages]


def take(channel, inbox, number, timeout=5):
    """Processes the connection's events until the inbox holds so many."""
    deadline = time.monotonic() + timeout
    while len(inbox) < number:
        channel.connection.process_data_events(0.01)
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(inbox)} messages, {number} wanted")
    taken = inbox[:number]
    del inbox[:number]
    return taken


def consume(channel, queue, **options):
    inbox = []
    tag = channel.basic_consume(queue, lambda c, method, properties, body: inbox.append((method, properties, body)), **options)
    return tag, inbox


def closes(channel, code, text, call):
    """The call has the broker close the channel with that code and text."""
    try:
        call(channel)
        channel.basic_qos()
    except ChannelClosedByBroker as error:
        equal(error.reply_code, code)
        if text not in error.reply_text:
            raise AssertionError(f"text {error.reply_text!r} lacks {text!r}") from None
        return
    raise AssertionError("the channel is open")


# ---- messages

@on_channel("work queue with acks, one at a time")
def work(channel):
    queue = temporary(channel)
    channel.basic_qos(prefetch_count=1)
    put(channel, queue, *(b"job %d" % i for i in range(50)), delivery_mode=2)
    _, inbox = consume(channel, queue)
    seen = []
    while len(seen) < 50:
        (method, _, body), = take(channel, inbox, 1)
        equal(inbox, [])
        seen.append(body)
        channel.basic_ack(method.delivery_tag)
    equal(seen, [b"job %d" % i for i in range(50)])


@on_channel("the consume() generator, its end and its requeue")
def generator(channel):
    queue = temporary(channel)
    put(channel, queue, *(b"%d" % i for i in range(10)))
    seen = []
    for method, _, body in channel.consume(queue, inactivity_timeout=5):
        seen.append(body)
        channel.basic_ack(method.delivery_tag)
        if len(seen) == 5:
            break
    channel.cancel()
    equal(bodies_of(drain(channel, queue)), [b"%d" % i for i in range(5, 10)])


@on_channel("basic.get: counts, emptiness, acks")
def gets(channel):
    queue = temporary(channel)
    put(channel, queue, b"a", b"b")
    eventually(lambda: count(channel, queue) == 2)
    method, _, body = channel.basic_get(queue)
    equal((body, method.message_count, method.redelivered, method.exchange, method.routing_key), (b"a", 1, False, "", queue))
    channel.basic_nack(method.delivery_tag)
    method, _, body = get(channel, queue)
    equal((body, method.redelivered), (b"a", True))
    channel.basic_reject(method.delivery_tag, requeue=False)
    equal(get(channel, queue, auto_ack=True)[2], b"b")
    equal(channel.basic_get(queue), (None, None, None))


@on_channel("recover: delivered again, tags go on")
def recover(channel):
    queue = temporary(channel)
    put(channel, queue, b"a", b"b")
    _, inbox = consume(channel, queue)
    take(channel, inbox, 2)
    channel.basic_recover(requeue=True)
    again = take(channel, inbox, 2)
    equal([(body, m.redelivered, m.delivery_tag) for m, _, body in again], [(b"a", True, 3), (b"b", True, 4)])


@on_channel("properties and headers of every type")
def properties(channel):
    import datetime
    import decimal
    queue = temporary(channel)
    headers = {"bool": True, "int": -5, "long": 1 << 40, "text": "caf\u00e9", "none": None, "list": [1, "x", {"y": [2]}],
               "decimal": decimal.Decimal("3.14"), "when": datetime.datetime(2026, 1, 2, 3, 4, 5), "bytes": b"\0\xff"}
    sent = dict(content_type="application/json", content_encoding="utf-8", headers=headers, delivery_mode=1, priority=3,
                correlation_id="c", reply_to="r", expiration="90000", message_id="m", timestamp=1234567890, type="t", user_id="guest",
                app_id="a", cluster_id="k")
    put(channel, queue, b"\0\1\2", **sent)
    _, got, body = get(channel, queue, auto_ack=True)
    got.headers["when"] = got.headers["when"].replace(tzinfo=None)  # newer versions tell that it is UTC
    equal((body, {name: getattr(got, name) for name in sent}), (b"\0\1\2", sent))


@on_channel("5 MB and an empty body")
def large(channel):
    queue = temporary(channel)
    body = bytes(range(256)) * (5 << 12)
    put(channel, queue, body, b"")
    _, inbox = consume(channel, queue, auto_ack=True)
    equal([b == body or b for b in bodies_of(take(channel, inbox, 2, 20))], [True, b""])


@on_channel("small frames: a body is cut and put together")
def small_frames(channel):
    connection = pika.BlockingConnection(parameters(frame_max=4096))
    other = connection.channel()
    queue = temporary(channel)
    body = bytes(range(256)) * 100
    put(channel, queue, body)
    connection.close()
    equal(get(channel, queue, auto_ack=True)[2], body)
    equal(other.is_open, False)


# ---- exchanges

@on_channel("headers exchange: values compare by type")
def headers(channel):
    channel.exchange_declare("pk-headers", "headers", auto_delete=True)
    queue, other = temporary(channel), temporary(channel)
    channel.queue_bind(queue, "pk-headers", arguments={"x-match": "all", "n": 1, "s": "1"})
    channel.queue_bind(other, "pk-headers", arguments={"x-match": "any", "flag": True, "gone": None})
    for name, sent in (("match", {"n": 1, "s": "1"}), ("swapped", {"n": "1", "s": 1}), ("flag", {"flag": True}),
                       ("text", {"flag": "true"}), ("present", {"gone": "anything"})):
        channel.basic_publish("pk-headers", "", name, pika.BasicProperties(headers=sent))
    count(channel, queue)
    equal(bodies_of(drain(channel, queue)), [b"match"])
    equal(bodies_of(drain(channel, other)), [b"flag", b"present"])


@on_channel("bindings: e2e, unbinding, what goes when an exchange goes")
def bindings(channel):
    queue = temporary(channel)
    channel.exchange_declare("pk-source", "direct")
    channel.exchange_declare("pk-target", "fanout", internal=True)
    channel.exchange_bind("pk-target", "pk-source", "key")
    channel.queue_bind(queue, "pk-target")
    channel.basic_publish("pk-source", "key", b"1")
    equal(get(channel, queue, auto_ack=True)[2], b"1")
    channel.exchange_delete("pk-target")
    channel.basic_publish("pk-source", "key", b"2")
    equal(count(channel, queue), 0)
    channel.exchange_delete("pk-source")
    channel.exchange_delete("pk-source")


@on_channel("auto-delete exchanges go with their last binding")
def auto_delete_exchange(channel):
    channel.exchange_declare("pk-auto", "fanout", auto_delete=True)
    queue = temporary(channel)
    channel.queue_bind(queue, "pk-auto")
    channel.exchange_declare("pk-auto", passive=True)
    channel.queue_unbind(queue, "pk-auto")
    closes(channel, 404, "no exchange 'pk-auto' in vhost '/'", lambda c: c.exchange_declare("pk-auto", passive=True))


@on_channel("an internal exchange takes no publishes")
def internal(channel):
    channel.exchange_declare("pk-internal", "fanout", internal=True)
    closes(channel, 403, "cannot publish to internal exchange 'pk-internal' in vhost '/'",
           lambda c: c.basic_publish("pk-internal", "", b"x"))
    channel.connection.channel().exchange_delete("pk-internal")


@on_channel("exchange.delete if-unused")
def if_unused(channel):
    channel.exchange_declare("pk-used", "fanout")
    queue = temporary(channel)
    channel.queue_bind(queue, "pk-used")
    closes(channel, 406, "exchange 'pk-used' in vhost '/' in use", lambda c: c.exchange_delete("pk-used", if_unused=True))
    channel.connection.channel().exchange_delete("pk-used")


# ---- confirms, returns, transactions

@on_channel("confirm_delivery: routed, unroutable, refused")
def confirms(channel):
    channel.confirm_delivery()
    queue = temporary(channel, **{"x-max-length": 1, "x-overflow": "reject-publish"})
    channel.basic_publish("", queue, b"1", mandatory=True)
    raises(NackError, "NACKed", channel.basic_publish, "", queue, b"2")
    raises(UnroutableError, "1 unroutable message(s) returned", channel.basic_publish, "", "pk-nowhere", b"3", mandatory=True)
    channel.basic_publish("", "pk-nowhere", b"4")
    equal(bodies_of(drain(channel, queue)), [b"1"])


@on_channel("overflow reject-publish-dlx: refused and dead-lettered")
def reject_publish_dlx(channel):
    dead = temporary(channel)
    queue = temporary(channel, **{"x-max-length": 1, "x-overflow": "reject-publish-dlx", "x-dead-letter-exchange": "",
                                  "x-dead-letter-routing-key": dead})
    channel.confirm_delivery()
    channel.basic_publish("", queue, b"1")
    raises(NackError, "NACKed", channel.basic_publish, "", queue, b"2")
    _, got, body = get(channel, dead, auto_ack=True)
    equal((body, got.headers["x-death"][0]["reason"]), (b"2", "maxlen"))


@on_channel("returns without confirms")
def returns(channel):
    returned = []
    channel.add_on_return_callback(lambda c, method, properties, body: returned.append((method.reply_code, method.reply_text, body)))
    channel.basic_publish("amq.topic", "pk.nowhere", b"x", mandatory=True)
    equal(take(channel, returned, 1), [(312, "NO_ROUTE", b"x")])


@on_channel("transactions: publishes and acks wait for commit")
def transactions(channel):
    queue = temporary(channel)
    put(channel, queue, b"old")
    eventually(lambda: count(channel, queue) == 1)
    other = channel.connection.channel()
    channel.tx_select()
    put(channel, queue, b"lost")
    channel.tx_rollback()
    put(channel, queue, b"new")
    method, _, _ = channel.basic_get(queue)
    channel.basic_ack(method.delivery_tag)
    equal(count(other, queue), 0)
    channel.tx_commit()
    equal(count(other, queue), 1)
    method, _, _ = channel.basic_get(queue)
    channel.basic_ack(method.delivery_tag)
    channel.tx_rollback()
    channel.close()
    equal([m.redelivered for m, _, _ in [get(other, queue)]], [True])


@on_channel("tx and confirms exclude each other")
def tx_or_confirm(channel):
    channel.tx_select()
    closes(channel, 406, "cannot switch from tx to confirm mode", lambda c: c.confirm_delivery())
    other = channel.connection.channel()
    other.confirm_delivery()
    closes(other, 406, "cannot switch from confirm to tx mode", lambda c: c.tx_select())
    closes(channel.connection.channel(), 406, "channel is not transactional", lambda c: c.tx_commit())


# ---- dead letters

@on_channel("dead letters: rejected, expired, and their cycle ends")
def dead_letters(channel):
    dead = temporary(channel)
    queue = temporary(channel, **{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead, "x-message-ttl": 60})
    put(channel, queue, b"rejected", b"expired", app_id="kept")
    method, _, _ = get(channel, queue)
    channel.basic_reject(method.delivery_tag, requeue=False)
    eventually(lambda: count(channel, dead) == 2)
    got = drain(channel, dead)
    equal([(body, p.headers["x-death"][0]["reason"], p.headers["x-first-death-reason"], p.app_id) for _, p, body in got],
          [(b"rejected", "rejected", "rejected", "kept"), (b"expired", "expired", "expired", "kept")])
    cycle = temporary(channel, **{"x-message-ttl": 20, "x-dead-letter-exchange": ""})
    put(channel, cycle, b"round")
    time.sleep(0.3)
    equal(count(channel, cycle), 0)


@on_channel("dead letters through an exchange with their own keys")
def dead_letter_exchange(channel):
    channel.exchange_declare("pk-dlx", "topic", auto_delete=True)
    dead = temporary(channel)
    channel.queue_bind(dead, "pk-dlx", "failed.*")
    channel.exchange_declare("pk-in", "topic", auto_delete=True)
    queue = temporary(channel, **{"x-dead-letter-exchange": "pk-dlx", "x-max-length": 1})
    channel.queue_bind(queue, "pk-in", "failed.#")
    for key in ("failed.a", "failed.b", "failed.c.d"):
        channel.basic_publish("pk-in", key, key)
    eventually(lambda: count(channel, dead) == 2)
    got = drain(channel, dead)
    equal([(m.exchange, m.routing_key, p.headers["x-death"][0]["exchange"], p.headers["x-death"][0]["routing-keys"])
           for m, p, _ in got], [("pk-dlx", key, "pk-in", [key]) for key in ("failed.a", "failed.b")])


@on_channel("TTL: the lower of queue's and message's, expired at the head only")
def ttl(channel):
    queue = temporary(channel, **{"x-message-ttl": 5000})
    put(channel, queue, b"short", expiration="50")
    put(channel, queue, b"long", expiration="60000")
    put(channel, queue, b"behind", expiration="50")
    time.sleep(0.25)
    equal(bodies_of(drain(channel, queue)), [b"long"])


@on_channel("a message with TTL 0 is delivered at once or not at all")
def ttl_zero(channel):
    queue = temporary(channel)
    put(channel, queue, b"gone", expiration="0")
    time.sleep(0.1)
    equal(count(channel, queue), 0)
    _, inbox = consume(channel, queue, auto_ack=True)
    put(channel, queue, b"now", expiration="0")
    equal(bodies_of(take(channel, inbox, 1)), [b"now"])


# ---- consumers

@on_channel("round robin among consumers")
def round_robin(channel):
    queue = temporary(channel)
    inboxes = [consume(channel, queue, auto_ack=True)[1] for _ in range(3)]
    put(channel, queue, *(b"%d" % i for i in range(9)))
    equal([len(take(channel, inbox, 3)) for inbox in inboxes], [3, 3, 3])


@on_channel("single active consumer across connections")
def single_active(channel):
    name = "pk-sac"
    channel.queue_declare(name, arguments={"x-single-active-consumer": True, "x-expires": 60000})
    other = pika.BlockingConnection(parameters())
    _, first = consume(channel, name, auto_ack=True)
    _, second = consume(other.channel(), name, auto_ack=True)
    put(channel, name, *[b"x"] * 4)
    take(channel, first, 4)
    other.process_data_events(0.05)
    equal(second, [])
    channel.connection.close()
    last = other.channel()
    put(last, name, b"y")
    equal(bodies_of(take(last, second, 1)), [b"y"])
    last.queue_delete(name)
    other.close()


@on_channel("consumers are told when their queue goes")
def cancelled(channel):
    queue = temporary(channel)
    tags = []
    channel.add_on_cancel_callback(lambda frame: tags.append(frame.method.consumer_tag))
    tag, _ = consume(channel, queue)
    channel.connection.channel().queue_delete(queue)
    equal(take(channel, tags, 1), [tag])


@on_channel("a consumer tag of one's own, used once")
def tags(channel):
    queue = temporary(channel)
    equal(consume(channel, queue, consumer_tag="mine")[0], "mine")
    other = pika.BlockingConnection(parameters())
    other_channel = other.channel()
    mine = temporary(other_channel)
    equal(consume(other_channel, mine, consumer_tag="mine")[0], "mine")
    other.close()


# ---- queues

@on_channel("names of the server's, the last declared, names given back")
def names(channel):
    name = channel.queue_declare("", exclusive=True).method.queue
    equal((name.startswith("amq.gen-"), len(name)), (True, 30))
    channel.queue_bind("", "amq.topic", "pk.last")
    channel.basic_publish("amq.topic", "pk.last", b"x")
    equal(get(channel, name, auto_ack=True)[2], b"x")


@on_channel("redeclaring must agree")
def redeclare(channel):
    channel.queue_declare("pk-same", exclusive=True, arguments={"x-max-length": 5, "x-message-ttl": 6000})
    channel.queue_declare("pk-same", exclusive=True, arguments={"x-message-ttl": 6000, "x-max-length": 5})
    open_one = channel.connection.channel
    closes(open_one(), 406, "inequivalent arg 'x-max-length' for queue 'pk-same' in vhost '/': received '6' but current is '5'",
           lambda c: c.queue_declare("pk-same", exclusive=True, arguments={"x-max-length": 6, "x-message-ttl": 6000}))
    closes(open_one(), 406, "inequivalent arg 'auto_delete'", lambda c: c.queue_declare("pk-same", exclusive=True, auto_delete=True))


@on_channel("arguments that make no sense are refused")
def bad_arguments(channel):
    cases = [({"x-message-ttl": -1}, "invalid arg 'x-message-ttl' for queue 'pk-bad' in vhost '/': {value_negative,-1}"),
             ({"x-expires": "soon"}, "invalid arg 'x-expires' for queue 'pk-bad' in vhost '/': \"expected integer, got longstr\""),
             ({"x-max-priority": 300}, "{max_value_exceeded,300}"),
             ({"x-overflow": "explode"}, "invalid_overflow"),
             ({"x-dead-letter-routing-key": "x"}, "routing_key_but_no_dlx_defined"),
             ({"x-queue-type": "bogus"}, "unsupported queue type 'bogus'")]
    for arguments, text in cases:
        closes(channel.connection.channel(), 406, text, lambda c: c.queue_declare("pk-bad", exclusive=True, arguments=arguments))


@on_channel("a priority queue with consumers and requeues")
def priorities(channel):
    queue = temporary(channel, **{"x-max-priority": 10})
    for i, priority in enumerate((1, 9, 5)):
        put(channel, queue, b"%d" % i, priority=priority)
    eventually(lambda: count(channel, queue) == 3)
    method, _, body = channel.basic_get(queue)
    equal(body, b"1")
    channel.basic_nack(method.delivery_tag)
    equal(bodies_of(drain(channel, queue)), [b"1", b"2", b"0"])


@on_channel("a quorum queue: limits, refusals")
def quorum(channel):
    closes(channel, 406, "invalid property 'non-durable' for queue 'pk-quorum' in vhost '/'",
           lambda c: c.queue_declare("pk-quorum", durable=False, arguments={"x-queue-type": "quorum"}))
    channel = channel.connection.channel()
    channel.queue_declare("pk-quorum", durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 1})
    try:
        put(channel, "pk-quorum", b"poison", b"fine")
        _, inbox = consume(channel, "pk-quorum")
        seen = []
        while len(seen) < 3:
            (method, properties, body), = take(channel, inbox, 1)
            seen.append((body, (properties.headers or {}).get("x-delivery-count", 0)))
            if body == b"poison":
                channel.basic_nack(method.delivery_tag)
            else:
                channel.basic_ack(method.delivery_tag)
        equal(sorted(seen), [(b"fine", 0), (b"poison", 0), (b"poison", 1)])
        eventually(lambda: count(channel, "pk-quorum") == 0)
    finally:
        channel.queue_delete("pk-quorum")


@on_channel("a stream: offsets of every kind")
def stream(channel):
    channel.queue_declare("pk-stream", durable=True, arguments={"x-queue-type": "stream", "x-max-age": "1h"})
    try:
        channel.confirm_delivery()
        for i in range(10):
            channel.basic_publish("", "pk-stream", b"%d" % i)

        def read(offset, number):
            reader = channel.connection.channel()
            reader.basic_qos(prefetch_count=50)
            _, inbox = consume(reader, "pk-stream", arguments={"x-stream-offset": offset})
            got = take(reader, inbox, number)
            reader.close()
            return [(int(body), p.headers["x-stream-offset"]) for _, p, body in got]
        equal(read("first", 10), [(i, i) for i in range(10)])
        equal(read(7, 3), [(7, 7), (8, 8), (9, 9)])
        equal(read("5m", 10)[0], (0, 0))
        equal(read("last", 1)[-1][0] <= 9, True)
        waiting = channel.connection.channel()
        waiting.basic_qos(prefetch_count=1)
        _, inbox = consume(waiting, "pk-stream", arguments={"x-stream-offset": "next"})
        channel.basic_publish("", "pk-stream", b"10")
        equal(bodies_of(take(waiting, inbox, 1)), [b"10"])
    finally:
        channel.connection.channel().queue_delete("pk-stream")


# ---- RPC

@on_channel("RPC with an exclusive queue, and with direct reply-to from another connection")
def rpc(channel):
    server = pika.BlockingConnection(parameters())
    server_channel = server.channel()
    requests = "pk-rpc"
    server_channel.queue_declare(requests, auto_delete=True)

    def serve(c, method, properties, body):
        c.basic_publish("", properties.reply_to, body[::-1], pika.BasicProperties(correlation_id=properties.correlation_id))
        c.basic_ack(method.delivery_tag)
    server_channel.basic_consume(requests, serve)
    replies = temporary(channel)
    for reply_to in (replies, "amq.rabbitmq.reply-to"):
        _, inbox = consume(channel, reply_to, auto_ack=True)
        put(channel, requests, b"abc", reply_to=reply_to, correlation_id="1")
        deadline = time.monotonic() + 5
        while not inbox and time.monotonic() < deadline:
            server.process_data_events(0.01)
            channel.connection.process_data_events(0.01)
        equal([(body, p.correlation_id) for _, p, body in inbox], [(b"cba", "1")])
    server.close()


# ---- connections

@check("wrong password and unknown vhost")
def refused():
    credentials = pika.PlainCredentials("guest", "wrong")
    raises(ProbableAuthenticationError, "ACCESS_REFUSED", pika.BlockingConnection, parameters(credentials=credentials))
    raises(AMQPConnectionError, "NOT_ALLOWED - vhost pk-none not found", pika.BlockingConnection, parameters(virtual_host="pk-none"))


@on_channel("errors of a channel leave the connection open")
def channel_errors(channel):
    connection = channel.connection
    closes(channel, 404, "no queue 'pk-none' in vhost '/'", lambda c: c.queue_purge("pk-none"))
    closes(connection.channel(), 404, "no exchange 'pk-none' in vhost '/'", lambda c: c.basic_publish("pk-none", "", b"x"))
    closes(connection.channel(), 406, "unknown delivery tag 99", lambda c: c.basic_ack(99))
    closes(connection.channel(), 406, "invalid expiration 'soon'", lambda c: put(c, "pk-none", b"x", expiration="soon"))
    closes(connection.channel(), 406, "user_id property set to 'other' but authenticated user was 'guest'",
           lambda c: put(c, "pk-none", b"x", user_id="other"))
    equal(connection.channel().is_open, True)


@check("errors of a connection: immediate, a reused channel's tag")
def connection_errors():
    connection = pika.BlockingConnection(parameters())
    channel = connection.channel()
    channel._impl._send_method(pika.spec.Basic.Publish(exchange="", routing_key="x", immediate=True), (pika.BasicProperties(), b""))
    raises(ConnectionClosedByBroker, "NOT_IMPLEMENTED - immediate=true", lambda: connection.process_data_events(5))


@check("heartbeats keep an idle connection, silence ends it")
def heartbeats():
    idle = pika.BlockingConnection(parameters(heartbeat=1))
    idle.sleep(3.5)
    equal(idle.channel().is_open, True)
    idle.close()
    silent = pika.BlockingConnection(parameters(heartbeat=1))
    time.sleep(4.5)
    raises((StreamLostError, AMQPConnectionError), "", lambda: silent.process_data_events(1) or silent.channel())


@check("100 connections with 10 channels each")
def many():
    connections = [pika.BlockingConnection(parameters()) for _ in range(100)]
    channels = [connection.channel() for connection in connections for _ in range(10)]
    queue = temporary(channels[0])
    for channel in channels:
        channel.basic_publish("", queue, b"x")
    eventually(lambda: count(channels[0], queue) == 1000)
    for connection in connections:
        connection.close()


@check("threads hand acks over; the worker's heartbeats go on")
def threads():
    connection = pika.BlockingConnection(parameters(heartbeat=2))
    channel = connection.channel()
    queue = temporary(channel)
    put(channel, queue, *[b"x"] * 4)
    done = []

    def work(tag):
        time.sleep(0.1)
        connection.add_callback_threadsafe(lambda: (channel.basic_ack(tag), done.append(tag)))
    channel.basic_consume(queue, lambda c, method, p, b: threading.Thread(target=work, args=(method.delivery_tag,)).start())
    take(channel, done, 4)
    connection.close()


@check("SelectConnection: a conversation in callbacks")
def asynchronous():
    seen = []

    def on_open(connection):
        connection.channel(on_open_callback=on_channel_open)

    def on_channel_open(channel):
        channel.confirm_delivery(lambda frame: seen.append(type(frame.method).__name__))
        channel.queue_declare("", exclusive=True, callback=lambda frame: on_declared(channel, frame.method.queue))

    def on_declared(channel, queue):
        channel.basic_consume(queue, on_message)
        channel.basic_publish("", queue, b"hello")

    def on_message(channel, method, properties, body):
        seen.append(body)
        channel.basic_ack(method.delivery_tag)
        channel.connection.ioloop.call_later(0.1, channel.connection.close)
    connection = pika.SelectConnection(parameters(), on_open_callback=on_open,
                                       on_close_callback=lambda c, reason: c.ioloop.stop())
    connection.ioloop.start()
    equal(sorted(map(str, seen)), sorted(["Ack", str(b"hello")]))


@check("blocked and unblocked: publishers are told about an alarm")
def blocked():
    if not os.environ.get("ALARM_ON"):
        raise Skip("no way to raise an alarm on a broker that runs already")
    connection = pika.BlockingConnection(parameters())
    events = []
    connection.add_on_connection_blocked_callback(lambda c, frame: events.append(frame.method.reason))
    connection.add_on_connection_unblocked_callback(lambda c, frame: events.append("unblocked"))
    channel = connection.channel()
    queue = temporary(channel)
    subprocess.run(os.environ["ALARM_ON"], shell=True, check=True, stdout=subprocess.DEVNULL)
    try:
        put(channel, queue, b"held")
        equal(take(channel, events, 1, 10), ["low on memory"])
    finally:
        subprocess.run(os.environ["ALARM_OFF"], shell=True, check=True, stdout=subprocess.DEVNULL)
    equal(take(channel, events, 1, 10), ["unblocked"])
    equal(get(channel, queue, auto_ack=True)[2], b"held")
    connection.close()


@check("a connection that an operator closes says why")
def closed_by_operator():
    connection = pika.BlockingConnection(parameters(client_properties={"connection_name": "pk-victim"}))
    api = Management()

    def named():
        return [c["name"] for c in api("GET", "connections")[1] if c.get("client_properties", {}).get("connection_name") == "pk-victim"]
    name, = eventually(named, 15)
    api("DELETE", "connections/" + name.replace(" ", "%20").replace(">", "%3E"))
    raises(ConnectionClosedByBroker, "CONNECTION_FORCED", lambda: connection.process_data_events(5))


if __name__ == "__main__":
    main()
