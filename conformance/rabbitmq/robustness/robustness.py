"""Peers that misbehave: each gets the right close, and nobody else notices. All of it holds for RabbitMQ too, but the
checks that say so (parlel bounds or tells what RabbitMQ does not)."""

import os
import random
import select
import socket
import struct
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..")]
from checks import check, equal, eventually, main
from wire import BODY, CONTENT_HEADER, FRAME_END, HEADER, METHOD, Connection, encode, encode_content_header, frame

BROKER = urllib.parse.urlsplit(os.environ["AMQP_URL"])
GREETING = b"".join((HEADER, encode('connection.start-ok 0 mechanism="PLAIN" response="\\u0000guest\\u0000guest" locale="en_US"'),
                     encode("connection.tune-ok 0 channel-max=2047 frame-max=131072 heartbeat=0"),
                     encode('connection.open 0 virtual-host="/"'), encode("channel.open 1")))


def connect(**options):
    """Logged in, with channel 1 open."""
    made = Connection(BROKER.hostname, BROKER.port)
    made.login(**options)
    made.send("channel.open 1")
    made.expect("channel.open-ok")
    return made


def stranger():
    """A connection that has said nothing."""
    return Connection(BROKER.hostname, BROKER.port)


def ask(connection, line, answer):
    connection.send(line)
    return connection.expect(answer)


class Bystander:
    """A client that is not to notice anything: it passes messages to itself."""

    def __init__(self):
        self.connection = connect()
        self.queue = ask(self.connection, 'queue.declare 1 queue="" exclusive=true', "queue.declare-ok").split('queue="')[1].split('"')[0]
        ask(self.connection, f'basic.consume 1 queue="{self.queue}" no-ack=true', "basic.consume-ok")

    def trip(self):
        """Milliseconds of a message's way."""
        begun = time.monotonic()
        self.connection.send(f'basic.publish 1 routing-key="{self.queue}" body="still here"')
        equal("still here" in self.connection.expect("basic.deliver"), True)
        return (time.monotonic() - begun) * 1000


bystander = Bystander()


def undisturbed(function):
    """The bystander's messages come through while the check runs and after it."""
    def run():
        bystander.trip()
        function()
        bystander.trip()
    run.__name__ = function.__name__
    return run


def close_of(connection, seconds=5):
    """The text of the close that comes, whatever comes before it."""
    while True:
        _, line = connection.receive(seconds)
        if line in ("closed", "nothing"):
            return line
        if line.startswith(("connection.close ", "channel.close ")):
            return line.split('reply-text="')[1].rsplit('" class-id', 1)[0]


def half_close(connection):
    """Says nothing more, unless the broker has left already."""
    try:
        connection.socket.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def expect_close(connection, text):
    equal(close_of(connection), text)
    connection.close()


def read_frames(data):
    """The frames in the bytes, as (type, channel, payload); what is left of a last one is ignored."""
    found = []
    while len(data) >= 8:
        kind, channel, size = struct.unpack(">BHI", data[:7])
        if len(data) < size + 8:
            break
        equal(data[size + 7:size + 8], FRAME_END)
        found.append((kind, channel, data[7:size + 7]))
        data = data[size + 8:]
    return found


# ---- pieces

@check("a client that sends one byte at a time")
@undisturbed
def byte_by_byte():
    peer = stranger()
    conversation = GREETING + b"".join(encode(line) for line in (
        'queue.declare 1 queue="rb-bytes" exclusive=true arguments={x-max-length: I 10}',
        'basic.publish 1 routing-key="rb-bytes" headers={a: [I 1, {b: "c"}]} body="hello"', 'basic.get 1 queue="rb-bytes" no-ack=true'))
    for at in range(len(conversation)):
        peer.socket.sendall(conversation[at:at + 1])
    for name in ("connection.start", "connection.tune", "connection.open-ok", "channel.open-ok", "queue.declare-ok"):
        peer.expect(name)
    equal(peer.expect("basic.get-ok").endswith('headers={a: [I 1, {b: "c"}]} body="hello"'), True)
    peer.close()


@check("everything in one write, before any answer")
@undisturbed
def all_at_once():
    peer = stranger()
    peer.socket.sendall(GREETING + encode('queue.declare 1 queue="rb-once" exclusive=true') +
                        encode('basic.publish 1 routing-key="rb-once" body="x"') * 1000 + encode('basic.qos 1 prefetch-count=1') +
                        encode('queue.purge 1 queue="rb-once"'))
    for name in ("connection.start", "connection.tune", "connection.open-ok", "channel.open-ok", "queue.declare-ok", "basic.qos-ok"):
        peer.expect(name)
    equal(peer.expect("queue.purge-ok"), "queue.purge-ok 1 message-count=1000")
    peer.close()


@check("a conversation cut at every byte")
@undisturbed
def cut_everywhere():
    peer = connect()
    ask(peer, 'queue.declare 1 queue="rb-cut" exclusive=true', "queue.declare-ok")
    whole = encode('basic.publish 1 routing-key="rb-cut" content-type="t" body="abc"') + encode('basic.get 1 queue="rb-cut" no-ack=true')
    for cut in range(1, len(whole)):
        peer.socket.sendall(whole[:cut])
        time.sleep(0.0005)
        peer.socket.sendall(whole[cut:])
        equal(peer.expect("basic.get-ok").endswith('content-type="t" body="abc"'), True)
    peer.close()


@check("a body in frames of one byte")
@undisturbed
def tiny_bodies():
    peer = connect()
    ask(peer, 'queue.declare 1 queue="rb-tiny" exclusive=true', "queue.declare-ok")
    publish = encode('basic.publish 1 routing-key="rb-tiny" body=""')
    method = publish[:publish.index(FRAME_END) + 1]
    body = bytes(range(200))
    peer.socket.sendall(method + frame(CONTENT_HEADER, 1, encode_content_header({}, len(body))) +
                        b"".join(frame(BODY, 1, bytes([b])) for b in body) + frame(BODY, 1, b"")[:0])
    got = ask(peer, 'basic.get 1 queue="rb-tiny" no-ack=true', "basic.get-ok")
    equal(len(got) > 200, True)
    peer.close()


@check("frames of many channels between those of a content")
@undisturbed
def interleaved():
    peer = connect()
    ask(peer, 'queue.declare 1 queue="rb-inter" exclusive=true', "queue.declare-ok")
    ask(peer, "channel.open 2", "channel.open-ok")
    parts = []
    for channel in (1, 2):
        data = encode(f'basic.publish {channel} routing-key="rb-inter" body="from {channel}"')
        sizes = []
        while data:
            size = struct.unpack(">I", data[3:7])[0] + 8
            sizes.append(data[:size])
            data = data[size:]
        parts.append(sizes)
    peer.socket.sendall(b"".join(a + b for a, b in zip(*parts)))
    got = {ask(peer, 'basic.get 1 queue="rb-inter" no-ack=true', "basic.get-ok").rsplit("body=", 1)[1] for _ in range(2)}
    equal(got, {'"from 1"', '"from 2"'})
    peer.close()


# ---- what cannot be understood

@check("headers of other protocols are answered with ours")
@undisturbed
def other_protocols():
    for greeting in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"AMQP\0\0\0\x08", b"AMQP\0\0\x08\0", b"\x16\x03\x01\x02\0\x01\0\x01", b"*1\r\n$4\r\nPING\r\n"):
        peer = stranger()
        peer.socket.sendall(greeting)
        equal((greeting[:8], peer.receive()[1], peer.receive()[1]), (greeting[:8], "protocol 0 0 9 1", "closed"))
        peer.close()


MALFORMED = [
    ("a frame of no kind", frame(5, 1, b"x"), "FRAME_ERROR - type 5, all octets = <<\\\"x\\\">>: unknown_frame"),
    ("no end", frame(METHOD, 1, b"\0\x3c\0\x0a\0\0\0\0\0\0\0")[:-1] + b"\0",
     "FRAME_ERROR - type 1, all octets = <<0,60,0,10,0,0,0,0,0,0,0>>: {invalid_frame_end_marker,0}"),
    ("too large", struct.pack(">BHI", METHOD, 1, 200000), "FRAME_ERROR - type 1, all octets = <<>>: {frame_too_large,200000,131064}"),
    ("no ids", frame(METHOD, 1, b"\0"), "FRAME_ERROR - type 1, all octets = <<0>>: unknown_frame"),
    ("an unknown method", frame(METHOD, 1, b"\0\x3c\0\xff"), None),
    ("a body at once", frame(BODY, 1, b"x"), "UNEXPECTED_FRAME - expected method frame, got non method frame instead"),
    ("a content header at once", frame(CONTENT_HEADER, 1, encode_content_header({}, 1)),
     "UNEXPECTED_FRAME - expected method frame, got non method frame instead"),
    ("a method within a content", encode('basic.publish 1 routing-key="x" body=""')[:-22] + encode("basic.qos 1"), None),
    ("a channel that is not open", encode("basic.qos 9"), "CHANNEL_ERROR - expected 'channel.open'"),
    ("a channel opened twice", encode("channel.open 1"), "CHANNEL_ERROR - second 'channel.open' seen"),
    ("a method of channels on channel 0", frame(METHOD, 0, encode("basic.qos 1")[7:-1]), None),
    ("a heartbeat on a channel", frame(8, 1, b""), "UNEXPECTED_FRAME - type 8, all octets = <<>>"),
]


@check("malformed and misplaced frames: the right close, and the end")
@undisturbed
def malformed():
    for name, data, text in MALFORMED:
        peer = connect()
        peer.socket.sendall(data)
        got = close_of(peer)
        if text is not None:
            equal((name, got), (name, text))
        else:
            equal((name, got not in ("nothing",)), (name, True))
        peer.close()


@check("after its close a connection is waited for, and then left")
@undisturbed
def close_waits():
    peer = connect()
    peer.send("basic.qos 9")
    equal(close_of(peer), "CHANNEL_ERROR - expected 'channel.open'")
    peer.send('queue.declare 1 queue="rb-ignored"')  # what comes now is not heard
    equal(peer.receive(0.3)[1], "nothing")
    peer.send("connection.close-ok 0")
    equal(peer.receive()[1] in ("closed", "nothing"), True)
    peer.close()
    other = connect()
    other.send('queue.declare 1 queue="rb-ignored" passive=true')
    expect_close(other, "NOT_FOUND - no queue 'rb-ignored' in vhost '/'")


@check("garbage after the login ends that connection alone")
@undisturbed
def garbage():
    dice = random.Random(1)
    for _ in range(100):
        peer = connect()
        peer.socket.sendall(dice.randbytes(dice.randrange(8, 300)))
        half_close(peer)
        equal(close_of(peer) != "nothing", True)
        peer.close()


@check("frames with a bit turned")
@undisturbed
def turned_bits():
    dice = random.Random(2)
    whole = encode('basic.publish 1 routing-key="rb-none" headers={a: [I 1, {b: "c"}], T: T 5} correlation-id="c" body="hello"')
    for _ in range(200):
        peer = connect()
        data = bytearray(whole)
        at = dice.randrange(len(data))
        data[at] ^= 1 << dice.randrange(8)
        peer.socket.sendall(data)
        half_close(peer)
        close_of(peer)
        peer.close()


@check("tables that nest, and tables that lie about their length")
@undisturbed
def nested_tables():
    def declare(table):
        head = encode('queue.declare 1 queue="rb-nested" exclusive=true')[7:-5]
        return frame(METHOD, 1, head + struct.pack(">I", len(table)) + table)
    deep = b""
    for _ in range(100):
        deep = b"\1aF" + struct.pack(">I", len(deep)) + deep
    peer = connect()
    peer.socket.sendall(declare(deep))
    equal(peer.receive()[1] != "nothing", True)
    peer.close()
    for table in (b"\1aS\xff\xff\xff\xff", b"\1aA\0\0\0\xff", b"\xffa", b"\1a?", b"\1a"):
        peer = connect()
        peer.socket.sendall(declare(table))
        equal((table, peer.receive()[1].startswith(("connection.close", "closed"))), (table, True))
        peer.close()


# ---- who does too much

@check("channels above the limit")
@undisturbed
def channels():
    peer = connect()
    peer.socket.sendall(b"".join(encode(f"channel.open {number}") for number in range(2, 2048)))
    for _ in range(2, 2048):
        peer.expect("channel.open-ok")
    peer.send("channel.open 2048")
    equal(close_of(peer)[:11], "NOT_ALLOWED")
    peer.close()


@check("a flood of publishes to nowhere, and of channels")
@undisturbed
def floods():
    peer = connect()
    peer.socket.settimeout(30)
    for _ in range(5):
        peer.socket.sendall(encode('basic.publish 1 routing-key="rb-none" body="x"') * 1000)
    for _ in range(200):
        peer.socket.sendall(encode("channel.open 2") + encode("channel.close 2"))
        peer.expect("channel.open-ok")
        peer.expect("channel.close-ok")
    ask(peer, "basic.qos 1", "basic.qos-ok")
    peer.close()


@check("a consumer that never reads is held back, and others stay fast")
@undisturbed
def slow_consumer():
    slow = connect()
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    ask(slow, 'queue.declare 1 queue="rb-slow" exclusive=true', "queue.declare-ok")
    ask(slow, 'basic.consume 1 queue="rb-slow" consumer-tag="c" no-ack=true', "basic.consume-ok")
    publisher = connect()
    body = "x" * 100000
    for _ in range(80):
        publisher.send(f'basic.publish 1 routing-key="rb-slow" body="{body}"')
    trips = sorted(bystander.trip() for _ in range(50))
    equal(trips[25] < 100, True, f"p50 is {trips[25]:.0f} ms")
    for _ in range(80):
        slow.expect("basic.deliver")
    slow.close()
    publisher.close()


@check("peers that go away in the midst of a frame")
@undisturbed
def gone_midway():
    whole = GREETING + encode('queue.declare 1 queue="rb-gone" auto-delete=true') + encode('basic.publish 1 routing-key="rb-gone" body="half"')
    for cut in list(range(1, len(GREETING), 37)) + [len(whole) - 3, len(whole) - 12]:
        for linger in (False, True):
            peer = stranger()
            peer.socket.sendall(whole[:cut])
            if linger:
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()
    peer = connect()
    equal(ask(peer, 'queue.delete 1 queue="rb-gone"', "queue.delete-ok"), "queue.delete-ok 1 message-count=0")
    peer.close()


@check("a peer that closes its direction alone gets what it asked for")
@undisturbed
def half_open():
    peer = connect()
    ask(peer, 'queue.declare 1 queue="rb-half" exclusive=true', "queue.declare-ok")
    peer.socket.sendall(encode('basic.qos 1 prefetch-count=1') + encode('queue.purge 1 queue="rb-half"'))
    peer.expect("basic.qos-ok")
    peer.expect("queue.purge-ok")
    peer.socket.shutdown(socket.SHUT_WR)
    equal(peer.receive()[1], "closed")
    peer.close()


@check("messages of a consumer that vanished go to another, redelivered")
@undisturbed
def vanished_consumer():
    owner = connect()
    ask(owner, 'queue.declare 1 queue="rb-vanish" auto-delete=false', "queue.declare-ok")
    peer = connect()
    ask(peer, 'basic.consume 1 queue="rb-vanish" consumer-tag="c"', "basic.consume-ok")
    owner.send('basic.publish 1 routing-key="rb-vanish" body="x"')
    peer.expect("basic.deliver")
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    ask(owner, 'basic.consume 1 queue="rb-vanish" consumer-tag="d"', "basic.consume-ok")
    equal("redelivered=true" in owner.expect("basic.deliver"), True)
    ask(owner, 'queue.delete 1 queue="rb-vanish"', "queue.delete-ok")
    owner.close()


@check("a silent peer is dropped after its heartbeats, one that beats is not")
@undisturbed
def heartbeats():
    silent, beating = connect(heartbeat=1), connect(heartbeat=1)
    begun, ended = time.monotonic(), None
    while time.monotonic() - begun < 6 and ended is None:
        beating.send("heartbeat 0")
        while select.select([silent.socket], [], [], 0)[0]:
            if silent.receive(1)[1] == "closed":
                ended = time.monotonic() - begun
                break
        time.sleep(0.2)
    equal(ended is not None and 1.5 < ended < 5, True, f"{ended}")
    beating.buffer = b""
    beating.send("channel.open 2")
    while True:
        line = beating.receive()[1]
        if not line.startswith("heartbeat"):
            break
    equal(line.startswith("channel.open-ok"), True, line)
    silent.close()
    beating.close()


@check("500 connections at once, and their sudden end")
@undisturbed
def many():
    peers = [connect() for _ in range(500)]
    for number, peer in enumerate(peers):
        peer.send(f'queue.declare 1 queue="rb-many-{number}" exclusive=true')
    for peer in peers:
        peer.expect("queue.declare-ok")
    for peer in peers:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
    last = connect()

    def gone():
        last.send('queue.declare 1 queue="rb-many-499"')
        line = last.receive()[1]
        if line.startswith("channel.close"):
            last.send("channel.close-ok 1")
            last.send("channel.open 1")
            last.expect("channel.open-ok")
            return False
        return True
    eventually(gone, 10)
    ask(last, 'queue.delete 1 queue="rb-many-499"', "queue.delete-ok")
    last.close()


if __name__ == "__main__":
    main()
