"""The PostgreSQL protocol, version 3, as lines of text: what a transcript is written in.

A line is a message's name and its fields. Texts are in double quotes with JSON's escapes, bytes that are no
UTF-8 are \\u00XX of them; NULL is a value without bytes; lists stand in brackets.

    Query "select 1"                      DataRow "1" NULL
    Bind "" "s" [0] ["1" NULL] [1]        ErrorResponse S="ERROR" C="22012" M="division by zero"
"""

import json
import re
import socket
import struct

TOKEN = re.compile(r'\s*(?:([A-Za-z]\w*)=)?("(?:[^"\\]|\\.)*"|\[|\]|[^\s\[\]"]+)')


def tokens(text):
    """Values of a line: str, int, None, lists, ("name", value) for name=value."""
    stack, at = [[]], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        assert match, f"cannot read {text[at:]!r}"
        at = match.end()
        name, word = match.groups()
        if word == "[":
            stack.append([])
            continue
        if word == "]":
            value = stack.pop()
        elif word.startswith('"'):
            value = json.loads(word)
        else:
            value = None if word == "NULL" else int(word, 0) if re.fullmatch(r"-?\d+|0x[0-9a-f]+", word) else word
        stack[-1].append((name, value) if name else value)
    return stack[0]


def raw(text):
    """Characters below 256 are bytes when they are no UTF-8 text already."""
    return text.encode("latin-1") if all(ord(c) < 256 for c in text) and any(0x80 <= ord(c) < 0x100 for c in text) \
        else text.encode()


def quote(data):
    try:
        text = data.decode()
        if any(0x80 <= ord(c) < 0x100 for c in text):
            raise ValueError
    except (UnicodeDecodeError, ValueError):
        text = data.decode("latin-1")
    return json.dumps(text, ensure_ascii=True)


# ---- what a client sends

def cstr(text):
    return raw(text) + b"\0"


def codes(numbers):
    return struct.pack(f">H{len(numbers)}H", len(numbers), *numbers)


def values(items):
    out = struct.pack(">H", len(items))
    for item in items:
        out += struct.pack(">i", -1) if item is None else struct.pack(">I", len(raw(item))) + raw(item)
    return out


def framed(kind, body):
    return kind + struct.pack(">I", len(body) + 4) + body


SENT = {
    "Query": lambda text: framed(b"Q", cstr(text)),
    "Parse": lambda name, text, types=(): framed(b"P", cstr(name) + cstr(text) +
                                                 struct.pack(f">H{len(types)}I", len(types), *types)),
    "Bind": lambda portal, name, formats=(), params=(), results=():
        framed(b"B", cstr(portal) + cstr(name) + codes(formats) + values(params) + codes(results)),
    "Describe": lambda kind, name: framed(b"D", kind.encode() + cstr(name)),
    "Close": lambda kind, name: framed(b"C", kind.encode() + cstr(name)),
    "Execute": lambda portal, rows=0: framed(b"E", cstr(portal) + struct.pack(">i", rows)),
    "Sync": lambda: framed(b"S", b""),
    "Flush": lambda: framed(b"H", b""),
    "CopyData": lambda text: framed(b"d", raw(text)),
    "CopyDone": lambda: framed(b"c", b""),
    "CopyFail": lambda text: framed(b"f", cstr(text)),
    "FunctionCall": lambda oid, formats, params, result:
        framed(b"F", struct.pack(">I", oid) + codes(formats) + values(params) + struct.pack(">H", result)),
    "Password": lambda text: framed(b"p", cstr(text)),
    "Terminate": lambda: framed(b"X", b""),
    "SSLRequest": lambda: struct.pack(">II", 8, 80877103),
    "Startup": lambda version, *pairs: framed(b"", struct.pack(">I", version) +
                                              b"".join(cstr(k) + cstr(v) for k, v in pairs) + b"\0"),
    "Bytes": raw,
}


def encode(line):
    name, *fields = tokens(line)
    return SENT[name](*fields)


# ---- what a server answers

class Reader:
    def __init__(self, body):
        self.body, self.at = body, 0

    def number(self, form):
        value, = struct.unpack_from(">" + form, self.body, self.at)
        self.at += struct.calcsize(form)
        return value

    def text(self):
        end = self.body.index(b"\0", self.at)
        value, self.at = self.body[self.at:end], end + 1
        return quote(value)

    def value(self):
        size = self.number("i")
        if size < 0:
            return "NULL"
        value, self.at = self.body[self.at:self.at + size], self.at + size
        return quote(value)

    def list(self, read, form="H"):
        return [read() for _ in range(self.number(form))]


HIDDEN = "FLR"      # where in the real server's source


def fields_of(r):
    out = []
    while r.body[r.at:r.at + 1] != b"\0":
        code = chr(r.number("B"))
        text = r.text()
        if code not in HIDDEN:
            out.append(f"{code}={text}")
    return " ".join(out)


def column_of(r):
    name = r.text()
    table, number, kind, size, typmod, form = (r.number(f) for f in "IhIhih")
    return f"[{name} {'table' if table else 0} {number} {kind} {size} {typmod} {form}]"


RECEIVED = {
    b"R": ("Authentication", lambda r: str(r.number("I"))),
    b"S": ("ParameterStatus", lambda r: f"{r.text()} {r.text()}"),
    b"K": ("BackendKeyData", lambda r: ""),
    b"Z": ("ReadyForQuery", lambda r: chr(r.number("B"))),
    b"T": ("RowDescription", lambda r: " ".join(r.list(lambda: column_of(r)))),
    b"t": ("ParameterDescription", lambda r: " ".join(map(str, r.list(lambda: r.number("I"))))),
    b"D": ("DataRow", lambda r: " ".join(r.list(r.value))),
    b"C": ("CommandComplete", lambda r: r.text()),
    b"E": ("ErrorResponse", fields_of),
    b"N": ("NoticeResponse", fields_of),
    b"1": ("ParseComplete", lambda r: ""),
    b"2": ("BindComplete", lambda r: ""),
    b"3": ("CloseComplete", lambda r: ""),
    b"n": ("NoData", lambda r: ""),
    b"s": ("PortalSuspended", lambda r: ""),
    b"I": ("EmptyQueryResponse", lambda r: ""),
    b"G": ("CopyInResponse", lambda r: f"{r.number('B')} {r.list(lambda: r.number('H'))}"),
    b"H": ("CopyOutResponse", lambda r: f"{r.number('B')} {r.list(lambda: r.number('H'))}"),
    b"d": ("CopyData", lambda r: quote(r.body)),
    b"c": ("CopyDone", lambda r: ""),
    b"A": ("NotificationResponse", lambda r: f"{'pid' if r.number('I') else 0} {r.text()} {r.text()}"),
    b"V": ("FunctionCallResponse", lambda r: r.value()),
    b"v": ("NegotiateProtocolVersion", lambda r: f"{r.number('I')} {' '.join(r.list(r.text, 'I'))}"),
}


class Connection:
    """A connection that speaks in lines."""

    def __init__(self, host, port, timeout=10):
        self.socket = socket.create_connection((host, port), timeout)
        self.buffer = b""

    def send(self, line):
        self.socket.sendall(encode(line))

    def take(self, size):
        while len(self.buffer) < size:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self.buffer += more
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def receive(self):
        """The next message as a line, "closed" at the end."""
        try:
            kind = self.take(1)
            body = self.take(struct.unpack(">I", self.take(4))[0] - 4)
        except (EOFError, ConnectionError):
            return "closed"
        except TimeoutError:
            return "nothing"
        name, read = RECEIVED[kind]
        return f"{name} {read(Reader(body))}".rstrip()

    def receive_byte(self):
        return "Byte " + quote(self.take(1))

    def login(self, user, database):
        """Logs in and reads up to ReadyForQuery."""
        self.send(f'Startup 196608 ["user" {json.dumps(user)}] ["database" {json.dumps(database)}]')
        while True:
            line = self.receive()
            if line.startswith("ReadyForQuery"):
                return
            if line.startswith(("ErrorResponse", "closed")):
                raise RuntimeError(line)

    def close(self):
        self.socket.close()
