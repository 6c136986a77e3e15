"""AMQP 0-9-1 as RabbitMQ speaks it, as lines of text: what a transcript is written in.

A line is a method, its channel and its fields; what is left out is 0, false or empty. A method with content has its
message's properties and body beside its own fields, whole:

    queue.declare 1 queue="q" durable=true arguments={x-max-length: I 5, x-overflow: "drop-head"}
    basic.deliver 1 consumer-tag="c" delivery-tag=1 redelivered=false exchange="" routing-key="q" delivery-mode=2 body="hi"

Texts are in double quotes with JSON's escapes, one character a byte (\\u00XX) where they are no UTF-8. Values of tables
have the letter of their type before them: I 5, l 5, T 0; of S, t, F and A the form says it: "text", true, {...}, [...].
Beside methods there are `header` (the protocol header of 0-9-1), `heartbeat CHANNEL`, `frame TYPE CHANNEL "payload"`,
`raw "bytes"`, and of what is received `protocol 0 0 9 1`, `closed` and `nothing`.
"""

import json
import re
import socket
import struct

METHOD, CONTENT_HEADER, BODY, HEARTBEAT, FRAME_END = 1, 2, 3, 8, b"\xce"
HEADER = b"AMQP\0\0\x09\x01"

# Fields: o octet, h short, l long, q longlong, s shortstr, S longstr, b bit, F table.
METHODS = {name: (int(c), int(m), [field.split(":") for field in fields]) for name, c, m, *fields in (line.split() for line in """
connection.start 10 10 version-major:o version-minor:o server-properties:F mechanisms:S locales:S
connection.start-ok 10 11 client-properties:F mechanism:s response:S locale:s
connection.secure 10 20 challenge:S
connection.secure-ok 10 21 response:S
connection.tune 10 30 channel-max:h frame-max:l heartbeat:h
connection.tune-ok 10 31 channel-max:h frame-max:l heartbeat:h
connection.open 10 40 virtual-host:s capabilities:s insist:b
connection.open-ok 10 41 known-hosts:s
connection.close 10 50 reply-code:h reply-text:s class-id:h method-id:h
connection.close-ok 10 51
connection.blocked 10 60 reason:s
connection.unblocked 10 61
connection.update-secret 10 70 new-secret:S reason:s
connection.update-secret-ok 10 71
channel.open 20 10 out-of-band:s
channel.open-ok 20 11 channel-id:S
channel.flow 20 20 active:b
channel.flow-ok 20 21 active:b
channel.close 20 40 reply-code:h reply-text:s class-id:h method-id:h
channel.close-ok 20 41
access.request 30 10 realm:s exclusive:b passive:b active:b write:b read:b
access.request-ok 30 11 ticket:h
exchange.declare 40 10 ticket:h exchange:s type:s passive:b durable:b auto-delete:b internal:b nowait:b arguments:F
exchange.declare-ok 40 11
exchange.delete 40 20 ticket:h exchange:s if-unused:b nowait:b
exchange.delete-ok 40 21
exchange.bind 40 30 ticket:h destination:s source:s routing-key:s nowait:b arguments:F
exchange.bind-ok 40 31
exchange.unbind 40 40 ticket:h destination:s source:s routing-key:s nowait:b arguments:F
exchange.unbind-ok 40 51
queue.declare 50 10 ticket:h queue:s passive:b durable:b exclusive:b auto-delete:b nowait:b arguments:F
queue.declare-ok 50 11 queue:s message-count:l consumer-count:l
queue.bind 50 20 ticket:h queue:s exchange:s routing-key:s nowait:b arguments:F
queue.bind-ok 50 21
queue.purge 50 30 ticket:h queue:s nowait:b
queue.purge-ok 50 31 message-count:l
queue.delete 50 40 ticket:h queue:s if-unused:b if-empty:b nowait:b
queue.delete-ok 50 41 message-count:l
queue.unbind 50 50 ticket:h queue:s exchange:s routing-key:s arguments:F
queue.unbind-ok 50 51
basic.qos 60 10 prefetch-size:l prefetch-count:h global:b
basic.qos-ok 60 11
basic.consume 60 20 ticket:h queue:s consumer-tag:s no-local:b no-ack:b exclusive:b nowait:b arguments:F
basic.consume-ok 60 21 consumer-tag:s
basic.cancel 60 30 consumer-tag:s nowait:b
basic.cancel-ok 60 31 consumer-tag:s
basic.publish 60 40 ticket:h exchange:s routing-key:s mandatory:b immediate:b
basic.return 60 50 reply-code:h reply-text:s exchange:s routing-key:s
basic.deliver 60 60 consumer-tag:s delivery-tag:q redelivered:b exchange:s routing-key:s
basic.get 60 70 ticket:h queue:s no-ack:b
basic.get-ok 60 71 delivery-tag:q redelivered:b exchange:s routing-key:s message-count:l
basic.get-empty 60 72 cluster-id:s
basic.ack 60 80 delivery-tag:q multiple:b
basic.reject 60 90 delivery-tag:q requeue:b
basic.recover-async 60 100 requeue:b
basic.recover 60 110 requeue:b
basic.recover-ok 60 111
basic.nack 60 120 delivery-tag:q multiple:b requeue:b
confirm.select 85 10 nowait:b
confirm.select-ok 85 11
tx.select 90 10
tx.select-ok 90 11
tx.commit 90 20
tx.commit-ok 90 21
tx.rollback 90 30
tx.rollback-ok 90 31
""".strip().splitlines())}
NAMES = {(c, m): name for name, (c, m, _) in METHODS.items()}
WITH_CONTENT = {"basic.publish", "basic.return", "basic.deliver", "basic.get-ok"}
PROPERTIES = [field.split(":") for field in (
    "content-type:s content-encoding:s headers:F delivery-mode:o priority:o correlation-id:s reply-to:s expiration:s "
    "message-id:s timestamp:q type:s user-id:s app-id:s cluster-id:s").split()]
NUMBERS = {"o": "B", "h": "H", "l": "I", "q": "Q"}
TABLE_NUMBERS = {"b": "b", "B": "B", "s": "h", "u": "H", "I": "i", "i": "I", "l": "q", "f": "f", "d": "d", "T": "Q"}


# ---- texts and bytes

def raw(text):
    """Characters below 256 are bytes, unless there are others: then it is text."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def quote(data):
    return json.dumps(data.decode("latin-1"))


TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\],:=]|[^\s{}\[\],:="]+)')


class Text:
    """Reads the fields of a line."""

    def __init__(self, text):
        self.tokens, self.at = TOKEN.findall(text), 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def value(self):
        """(type letter, value)"""
        token = self.next()
        if token.startswith('"'):
            return "S", raw(json.loads(token))
        if token == "{":
            return "F", self.table()
        if token == "[":
            return "A", self.list()
        if token in ("true", "false"):
            return "t", token == "true"
        if token == "V":
            return "V", None
        if token == "D":
            return "D", (int(self.next()), int(self.next()))
        if token == "x":
            return "x", raw(json.loads(self.next()))
        if token in TABLE_NUMBERS:
            number = self.next()
            return token, float(number) if token in "fd" else int(number)
        return "number", int(token)

    def table(self):
        found = []
        while self.peek() != "}":
            name = self.next()
            assert self.next() == ":", name
            found.append((raw(json.loads(name) if name.startswith('"') else name), self.value()))
            if self.peek() == ",":
                self.next()
        self.next()
        return found

    def list(self):
        found = []
        while self.peek() != "]":
            found.append(self.value())
            if self.peek() == ",":
                self.next()
        self.next()
        return found

    def fields(self):
        found = {}
        while self.peek():
            name = self.next()
            assert self.next() == "=", name
            found[name] = self.value()[1]
        return found


# ---- what a client sends

def short(data):
    return bytes([len(data)]) + data


def long(data):
    return struct.pack(">I", len(data)) + data


def encode_value(kind, value):
    if kind in TABLE_NUMBERS:
        data = struct.pack(">" + TABLE_NUMBERS[kind], value)
    elif kind == "t":
        data = bytes([value])
    elif kind == "D":
        data = struct.pack(">Bi", *value)
    elif kind == "F":
        data = encode_table(value)
    elif kind == "A":
        data = long(b"".join(encode_value(*one) for one in value))
    else:
        data = b"" if kind == "V" else long(value)
    return kind.encode() + data


def encode_table(items):
    return long(b"".join(short(name) + encode_value(*value) for name, value in items))


def encode_field(kind, value):
    if kind in NUMBERS:
        return struct.pack(">" + NUMBERS[kind], value or 0)
    return encode_table(value or []) if kind == "F" else (short if kind == "s" else long)(value or b"")


def encode_method(name, fields):
    class_id, method_id, declared = METHODS[name]
    out, bits, count = struct.pack(">HH", class_id, method_id), 0, 0
    for field, kind in declared + [["", ""]]:
        if kind == "b":
            bits |= bool(fields.get(field)) << count
            count += 1
            continue
        if count:
            out += bytes([bits])
            bits = count = 0
        if kind:
            out += encode_field(kind, fields.get(field))
    return out


def encode_content_header(fields, size):
    flags, values = 0, b""
    for at, (name, kind) in enumerate(PROPERTIES):
        if name in fields:
            flags |= 1 << (15 - at)
            values += encode_field(kind, fields[name])
    return struct.pack(">HHQH", 60, 0, size, flags) + values


def frame(kind, channel, payload):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + FRAME_END


def encode(line, frame_max=131072):
    """The bytes of a line."""
    name, _, rest = line.partition(" ")
    if name == "header":
        return HEADER
    if name == "raw":
        return raw(json.loads(rest))
    channel, _, rest = rest.partition(" ")
    if name == "heartbeat":
        return frame(HEARTBEAT, int(channel), b"")
    if name == "frame":
        number, _, payload = rest.partition(" ")
        return frame(int(channel), int(number), raw(json.loads(payload)))
    fields = Text(rest).fields()
    out = frame(METHOD, int(channel), encode_method(name, fields))
    if name in WITH_CONTENT:
        body = fields.get("body", b"")
        out += frame(CONTENT_HEADER, int(channel), encode_content_header(fields, len(body)))
        step = frame_max - 8
        out += b"".join(frame(BODY, int(channel), body[at:at + step]) for at in range(0, len(body), step))
    return out


# ---- what a server answers

class Reader:
    def __init__(self, data):
        self.data, self.at, self.bits = data, 0, 0

    def take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def short(self):
        return self.take(self.number("B"))

    def long(self):
        return self.take(self.number("I"))

    def bit(self):
        if not self.bits:
            self.octet = self.number("B")
        self.bits += 1
        return bool(self.octet >> (self.bits - 1) & 1)

    def value(self):
        """A table's value as text."""
        kind = chr(self.number("B"))
        if kind in TABLE_NUMBERS:
            return f"{kind} {self.number(TABLE_NUMBERS[kind])}"
        if kind == "t":
            return "true" if self.number("B") else "false"
        if kind == "D":
            return "D {} {}".format(self.number("B"), self.number("i"))
        if kind == "F":
            return self.table()
        if kind == "A":
            inner, found = Reader(self.long()), []
            while inner.at < len(inner.data):
                found.append(inner.value())
            return "[" + ", ".join(found) + "]"
        if kind == "V":
            return "V"
        return ("" if kind == "S" else kind + " ") + quote(self.long())

    def table(self):
        inner, found = Reader(self.long()), []
        while inner.at < len(inner.data):
            name = inner.short()
            plain = re.fullmatch(rb"[A-Za-z][\w.-]*", name)
            found.append(f"{name.decode() if plain else quote(name)}: {inner.value()}")
        return "{" + ", ".join(found) + "}"

    def field(self, kind):
        if kind == "b":
            return "true" if self.bit() else "false"
        self.bits = 0
        if kind in NUMBERS:
            return str(self.number(NUMBERS[kind]))
        return self.table() if kind == "F" else quote(self.short() if kind == "s" else self.long())


def decode_method(payload):
    """(name, fields as text)"""
    reader = Reader(payload)
    key = reader.number("H"), reader.number("H")
    name = NAMES[key]
    return name, "".join(f" {field}={reader.field(kind)}" for field, kind in METHODS[name][2])


def decode_content_header(payload):
    """(size, properties as text)"""
    reader = Reader(payload)
    _, _, size, flags = (reader.number(form) for form in "HHQH")
    return size, "".join(f" {name}={reader.field(kind)}" for at, (name, kind) in enumerate(PROPERTIES) if flags >> (15 - at) & 1)


class Connection:
    """A connection that speaks in lines."""

    def __init__(self, host, port, timeout=10):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.partial = b"", {}

    def send(self, line):
        try:
            self.socket.sendall(encode(line))
        except ConnectionError:
            pass  # what was said before is still to be read

    def _fill(self, size):
        while len(self.buffer) < size:
            more = self.socket.recv(262144)
            if not more:
                raise EOFError
            self.buffer += more

    def _take(self, size):
        self._fill(size)
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def _frame(self):
        self._fill(8)
        if self.buffer[:4] == HEADER[:4]:
            return None, 0, self._take(8)
        kind, channel, size = struct.unpack(">BHI", self.buffer[:7])
        data = self._take(size + 8)
        assert data[-1:] == FRAME_END
        return kind, channel, data[7:-1]

    def receive(self, timeout=10):
        """(channel, line) of the next method with its content, heartbeat or header; "closed", "nothing"."""
        self.socket.settimeout(timeout)
        try:
            while True:
                channel, line = self._step(*self._frame())
                if line:
                    return channel, line
        except (EOFError, ConnectionError):
            return 0, "closed"
        except TimeoutError:
            return 0, "nothing"

    def _step(self, kind, channel, payload):
        if kind is None:
            return 0, "protocol " + " ".join(str(b) for b in payload[4:])
        if kind == HEARTBEAT:
            return channel, f"heartbeat {channel}"
        if kind == METHOD:
            name, fields = decode_method(payload)
            line = f"{name} {channel}{fields}"
            if name not in WITH_CONTENT:
                return channel, line
            self.partial[channel] = [line, None, b""]
            return channel, None
        content = self.partial[channel]
        if kind == CONTENT_HEADER:
            content[1], properties = decode_content_header(payload)
            content[0] += properties
        else:
            content[2] += payload
        if len(content[2]) < content[1]:
            return channel, None
        del self.partial[channel]
        return channel, f"{content[0]} body={quote(content[2])}"

    def expect(self, name):
        """The line of the next method, which has that name."""
        _, line = self.receive()
        if not line.startswith(name + " "):
            raise RuntimeError(f"{line}, {name} expected")
        return line

    def login(self, vhost="/", heartbeat=0, frame_max=131072, capabilities=True, user="guest"):
        """Up to connection.open-ok; the password is the user's name."""
        self.socket.sendall(HEADER)
        self.expect("connection.start")
        known = ("authentication_failure_close", "basic.nack", "connection.blocked", "consumer_cancel_notify",
                 "exchange_exchange_bindings", "publisher_confirms")
        announced = ", ".join(f"{name}: true" for name in known) if capabilities else ""
        self.send(f'connection.start-ok 0 client-properties={{product: "wire", capabilities: {{{announced}}}}} mechanism="PLAIN" '
                  f'response="\\u0000{user}\\u0000{user}" locale="en_US"')
        self.expect("connection.tune")
        self.send(f"connection.tune-ok 0 channel-max=2047 frame-max={frame_max} heartbeat={heartbeat}")
        self.send(f'connection.open 0 virtual-host="{vhost}"')
        self.expect("connection.open-ok")

    def close(self):
        self.socket.close()
