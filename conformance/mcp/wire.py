#!/usr/bin/env python3
"""MCP on the wire, what no client library sends: statuses, headers, batches, lines and their ends.

    conformance/mcp/wire.py PARLEL CONTROL_PORT [FILTER]
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import Tally

PARLEL, PORT = sys.argv[1], int(sys.argv[2])
FILTER = sys.argv[3] if len(sys.argv) > 3 else ""

PROTOCOL, CAPABILITIES = "io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientCapabilities"
ENVELOPE = {PROTOCOL: "2026-07-28", CAPABILITIES: {}}

checks = []


def check(run):
    checks.append(run)
    return run


def request(method, params=None, id=1):
    return {"jsonrpc": "2.0", "id": id, "method": method, **({} if params is None else {"params": params})}


def call(name, **arguments):
    return request("tools/call", {"name": f"parlel_{name}", "arguments": arguments})


def send(method, body=None, fields={}):
    """Returns the status, the fields, and the answer as JSON, None for an empty one."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **fields}
    connection.request(method, "/mcp", body if isinstance(body, (str, type(None))) else json.dumps(body), fields)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, response.headers, json.loads(text) if text else None


def post(body, fields={}):
    status, _, answer = send("POST", body, fields)
    return status, answer


def modern(method, params=None, fields=None, envelope=ENVELOPE):
    """A request of the stateless revision, with the fields that go with it unless others are given."""
    body = request(method, {**(params or {}), **({"_meta": envelope} if envelope is not None else {})})
    named = {"tools/call": "name", "resources/read": "uri"}.get(method)
    right = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method,
             **({"Mcp-Name": params[named]} if named else {})}
    return post(body, right if fields is None else {k: v for k, v in {**right, **fields}.items() if v is not None})


def equal(got, expected):
    if got != expected:
        raise AssertionError(f"expected {expected!r}, got {got!r}")


def error_code(answer):
    return answer["error"]["code"]


# ---- HTTP

@check
def notifications_are_accepted():
    for body in ({"jsonrpc": "2.0", "method": "notifications/initialized"}, {"jsonrpc": "2.0", "id": 5, "result": {}}):
        status, _, answer = send("POST", body)
        equal((status, answer), (202, None))


@check
def other_methods_are_refused():
    for method in ("GET", "DELETE", "PUT"):
        status, fields, _ = send(method)
        equal(status, 405)
        equal("POST" in fields["Allow"], True)


@check
def a_session_is_not_needed():
    equal(post(request("ping"), {"Mcp-Session-Id": "whatever"}), (200, {"jsonrpc": "2.0", "id": 1, "result": {}}))
    status, fields, _ = send("POST", request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                                            "clientInfo": {"name": "c", "version": "1"}}))
    equal((status, fields.get("Mcp-Session-Id")), (200, None))


@check
def foreign_origins_and_hosts_are_forbidden():
    for fields in ({"Origin": "http://evil.example.com"}, {"Host": "evil.example.com"}):
        equal(post(request("ping"), fields)[0], 403)
    for fields in ({"Origin": f"http://localhost:{PORT}"}, {"Host": "localhost"}, {"Host": "[::1]:80"}):
        equal(post(request("ping"), fields)[0], 200)


@check
def malformed_bodies():
    for body, status, code in (("{", 400, -32700), ("7", 400, -32600), ("[]", 400, -32600),
                               ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, 400, -32600),
                               ({"jsonrpc": "2.0", "id": None, "method": "ping"}, 400, -32600)):
        got, answer = post(body)
        equal((got, error_code(answer)), (status, code))
    equal(post("ping", {"Content-Type": "text/plain"})[0], 415)


@check
def batches_are_of_old_revisions():
    batch = [request("ping", id=1), {"jsonrpc": "2.0", "method": "notifications/x"}, request("ping", id="2")]
    expected = [{"jsonrpc": "2.0", "id": id, "result": {}} for id in (1, "2")]
    equal(post(batch), (200, expected))
    equal(post(batch, {"MCP-Protocol-Version": "2025-03-26"}), (200, expected))
    for version in ("2025-06-18", "2025-11-25", "2026-07-28"):
        status, answer = post(batch, {"MCP-Protocol-Version": version})
        equal((status, error_code(answer)), (400, -32600))


@check
def unsupported_versions():
    status, answer = post(request("ping"), {"MCP-Protocol-Version": "1999-01-01"})
    equal((status, error_code(answer)), (400, -32022))
    envelope = {**ENVELOPE, PROTOCOL: "2030-01-01"}
    status, answer = modern("tools/list", fields={"MCP-Protocol-Version": "2030-01-01"}, envelope=envelope)
    equal((status, error_code(answer), answer["error"]["data"]["requested"]), (400, -32022, "2030-01-01"))
    equal("2026-07-28" in answer["error"]["data"]["supported"], True)


@check
def stateless_envelope():
    for envelope in (None, {}, {PROTOCOL: "2026-07-28"}, {CAPABILITIES: {}}):
        status, answer = modern("tools/list", envelope=envelope)
        equal((status, error_code(answer)), (400, -32602))


@check
def stateless_headers():
    arguments = {"name": "parlel_status", "arguments": {}}
    for fields in ({"MCP-Protocol-Version": None}, {"MCP-Protocol-Version": "2025-11-25"}, {"Mcp-Method": None},
                   {"Mcp-Method": "tools/list"}, {"Mcp-Name": None}, {"Mcp-Name": "parlel_reset"}):
        status, answer = modern("tools/call", arguments, fields)
        equal((status, error_code(answer)), (400, -32020))
    for name in ("parlel_status", "=?base64?cGFybGVsX3N0YXR1cw==?="):
        equal(modern("tools/call", arguments, {"Mcp-Name": name})[0], 200)


@check
def stateless_methods():
    for method in ("initialize", "ping", "nothing/at/all"):
        status, answer = modern(method)
        equal((status, error_code(answer)), (404, -32601))
    status, answer = modern("server/discover")
    result = answer["result"]
    equal((status, result["resultType"], result["cacheScope"], type(result["ttlMs"])), (200, "complete", "private", int))
    equal(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "parlel")
    for method in ("tools/list", "resources/list", "resources/templates/list"):
        equal(modern(method)[1]["result"]["resultType"], "complete")
    status, answer = modern("resources/read", {"uri": "parlel://mars/state"})
    equal((status, error_code(answer)), (200, -32602))
    equal(error_code(post(request("resources/read", {"uri": "parlel://mars/state"}))[1]), -32002)


@check
def who_hangs_up_waits_no_longer():
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    connection.request("POST", "/mcp", json.dumps(call("wait", op="NEVER", timeout="20s")),
                       {"Content-Type": "application/json"})
    time.sleep(0.1)
    connection.close()
    equal(post(request("ping"))[0], 200)


# ---- stdio

def stdio(text, arguments=("--standalone", "redis"), env={}):
    """What comes back for this input, closed behind it, and how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PARLEL_")}
        begin = time.monotonic()
        done = subprocess.run([PARLEL, "mcp", *arguments], input=text.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=20, env={**clean, "PARLEL_STATE_DIR": folder, **env})
        equal((done.returncode, done.stderr.decode()), (0, ""))
        return done.stdout.decode(), time.monotonic() - begin


def both_kinds(text):
    yield stdio(text)
    yield stdio(text, (), {"PARLEL_URL": f"http://127.0.0.1:{PORT}"})


@check
def stdio_lines():
    pings = [json.dumps(request("ping", id=id)) for id in (1, "two", 3)]
    expected = {f'{{"jsonrpc":"2.0","id":{id},"result":{{}}}}' for id in ("1", '"two"', "3")}
    for text in ("\n".join(pings) + "\n", "\r\n".join(pings) + "\r\n", "\n\n".join(pings)):
        for answer, _ in both_kinds(text):
            equal(answer[-1:], "\n")
            equal(set(answer.splitlines()), expected)


@check
def stdio_ends_with_its_input():
    wait = json.dumps(call("wait", op="NEVER", timeout="20s"))
    for answer, seconds in both_kinds(wait + "\n"):
        equal(answer, "")
        equal(seconds < 3, True)
    for answer, seconds in both_kinds(""):
        equal((answer, seconds < 3), ("", True))


@check
def stdio_takes_every_line_for_itself():
    text = "{\n" + json.dumps(request("ping")) + "\n"
    for answer, _ in both_kinds(text):
        answers = sorted((json.loads(line) for line in answer.splitlines()), key=lambda a: "error" in a)
        equal((len(answers), answers[0]["result"], error_code(answers[1])), (2, {}, -32700))


@check
def stdio_answers_a_text_of_many_lines_in_one():
    text = json.dumps(call("execute", service="redis", command='SET k "a\\nb"')) + "\n"
    get = json.dumps(call("execute", service="redis", command="GET k")) + "\n"
    answer, _ = stdio(text + get)
    lines = answer.splitlines()
    equal(len(lines), 2)
    equal(json.loads(lines[1])["result"]["structuredContent"], {"result": "a\nb"})


@check
def stdio_of_its_own_leaves_nothing_behind():
    with tempfile.TemporaryDirectory() as folder:
        stdio("", env={"PARLEL_STATE_DIR": folder})
        equal(os.listdir(folder), [])


def main():
    tally = Tally()
    for run in checks:
        name = run.__name__.replace("_", " ")
        if FILTER not in name:
            continue
        try:
            run()
            tally.report("ok", name)
        except Exception as failure: # whatever it is, the next check is another one
            tally.report("FAIL", f"{name}: {type(failure).__name__}: {failure}")
    return tally.close()


sys.exit(main())
