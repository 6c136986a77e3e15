"""The management API, as scripts, test suites and health checks call it over plain HTTP."""

import base64
import contextlib
import os
import sys
import time
import urllib.parse

import pika

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..")]
from broker import Management
from checks import check, equal, eventually, main

URL = os.environ["AMQP_URL"]
api = Management()


def ask(method, path, status, body=None):
    got, value = api(method, path, body)
    equal(got, status, f"{method} {path} {value if got >= 400 else ''}")
    return value


@contextlib.contextmanager
def queue(name, **declaration):
    ask("PUT", f"queues/%2F/{name}", 201, {"auto_delete": False, "durable": True, "arguments": {}, **declaration})
    try:
        yield name
    finally:
        api("DELETE", f"queues/%2F/{name}")


def publish(exchange, key, payload, routed=True, **properties):
    answer = ask("POST", f"exchanges/%2F/{exchange}/publish", 200,
                 {"properties": properties, "routing_key": key, "payload": payload, "payload_encoding": "string"})
    equal(answer, {"routed": routed})


def get(name, count=10, ackmode="ack_requeue_false", **more):
    return ask("POST", f"queues/%2F/{name}/get", 200, {"count": count, "ackmode": ackmode, "encoding": "auto", **more})


def statistics(name, **wanted):
    """Waits until the queue's figures are these: a real broker's lag."""
    def agrees():
        found = ask("GET", f"queues/%2F/{name}", 200)
        return all(found.get(key) == value for key, value in wanted.items())
    eventually(agrees, 15)


def forced(connection):
    """The text with which the broker closes the connection, code 320."""
    deadline = time.monotonic() + 10
    try:
        while time.monotonic() < deadline:
            connection.process_data_events(0.1)
    except pika.exceptions.ConnectionClosedByBroker as error:
        equal(error.reply_code, 320)
        return error.reply_text
    raise AssertionError("the connection is open")


# ---- looking

@check("overview, nodes, who am I")
def overview():
    found = ask("GET", "overview", 200)
    equal([found["cluster_name"] != "", found["rabbitmq_version"].startswith("3."), found["product_name"]], [True, True, "RabbitMQ"])
    equal({"direct", "fanout", "headers", "topic"} <= {kind["name"] for kind in found["exchange_types"]}, True)
    node, = ask("GET", "nodes", 200)
    equal((node["name"], node["running"], node["type"]), (found["node"], True, "disc"))
    me = ask("GET", "whoami", 200)
    equal((me["name"], "administrator" in me["tags"]), ("guest", True))


@check("health checks and liveness")
def health():
    for path in ("alarms", "local-alarms", "protocol-listener/amqp", "protocol-listener/amqp091", "virtual-hosts",
                 "node-is-quorum-critical", "node-is-mirror-sync-critical"):
        equal(ask("GET", "health/checks/" + path, 200)["status"], "ok", path)
    port = URL.rsplit(":", 1)[1].strip("/")
    equal(ask("GET", f"health/checks/port-listener/{port}", 200)["status"], "ok")
    equal(ask("GET", "health/checks/port-listener/1", 503)["status"], "failed")
    equal(ask("GET", "aliveness-test/%2F", 200), {"status": "ok"})
    api("DELETE", "queues/%2F/aliveness-test")
    equal(ask("GET", "healthchecks/node", 200)["status"], "ok")


@check("without and with wrong credentials: 401")
def unauthorized():
    for wrong in (Management("guest", "wrong"), Management("nobody", "x")):
        status, value = wrong("GET", "whoami")
        equal((status, value["error"][:11]), (401, "not_authori"))  # one is spelled with an s
    equal(wrong.headers["WWW-Authenticate"], 'Basic realm="RabbitMQ Management"')


@check("what does not exist: 404")
def missing():
    for path in ("queues/%2F/ma-none", "exchanges/%2F/ma-none", "vhosts/ma-none", "users/ma-none", "policies/%2F/ma-none",
                 "queues/ma-none/x", "connections/ma-none", "nosuch"):
        value = ask("GET", path, 404)
        if path != "nosuch":
            equal(value, {"error": "Object Not Found", "reason": "Not Found"}, path)


# ---- queues and messages

@check("queues: made, looked at, listed, deleted")
def queues():
    with queue("ma-queue", arguments={"x-message-ttl": 60000, "x-max-priority": 3}) as name:
        equal(ask("PUT", f"queues/%2F/{name}", 204, {"durable": True, "arguments": {"x-message-ttl": 60000, "x-max-priority": 3}}), None)
        found = ask("GET", f"queues/%2F/{name}", 200)
        equal([found[k] for k in ("name", "vhost", "durable", "auto_delete", "exclusive", "arguments", "type")],
              [name, "/", True, False, False, {"x-message-ttl": 60000, "x-max-priority": 3}, "classic"])
        equal(name in [q["name"] for q in ask("GET", "queues", 200)], True)
        equal(name in [q["name"] for q in ask("GET", "queues/%2F", 200)], True)
    ask("GET", "queues/%2F/ma-queue", 404)
    ask("DELETE", "queues/%2F/ma-queue", 404)


@check("a queue with other arguments: 400 with the reason")
def inequivalent():
    with queue("ma-differs") as name:
        value = ask("PUT", f"queues/%2F/{name}", 400, {"durable": False})
        equal(value, {"error": "bad_request", "reason": "inequivalent arg 'durable' for queue 'ma-differs' in vhost '/': received 'false' "
                                                        "but current is 'true'"})
        ask("PUT", "queues/%2F/ma-bad", 400, {"arguments": {"x-message-ttl": -1}})


@check("messages: published, got, requeued, purged")
def messages():
    with queue("ma-messages") as name:
        publish("amq.default", name, "one", delivery_mode=2, headers={"n": 1}, content_type="text/plain")
        publish("amq.default", name, "two")
        publish("amq.default", "ma-nowhere", "x", routed=False)
        first, second = get(name, ackmode="ack_requeue_true")
        equal([first[k] for k in ("payload", "payload_bytes", "payload_encoding", "redelivered", "exchange", "routing_key", "message_count")],
              ["one", 3, "string", False, "", name, 1])
        equal(first["properties"], {"delivery_mode": 2, "headers": {"n": 1}, "content_type": "text/plain"})
        equal([m["redelivered"] for m in get(name, ackmode="reject_requeue_true")], [True, True])
        equal(get(name, count=1)[0]["payload"], "one")
        statistics(name, messages=1, messages_ready=1, messages_unacknowledged=0)
        ask("DELETE", f"queues/%2F/{name}/contents", 204)
        equal(get(name), [])
        equal(second["payload"], "two")


@check("payloads in Base64, and cut short")
def encodings():
    with queue("ma-bytes") as name:
        body = bytes(range(256))
        ask("POST", "exchanges/%2F/amq.default/publish", 200,
            {"properties": {}, "routing_key": name, "payload": base64.b64encode(body).decode(), "payload_encoding": "base64"})
        message, = get(name, ackmode="ack_requeue_true")
        equal((message["payload_encoding"], base64.b64decode(message["payload"])), ("base64", body))
        message, = get(name, truncate=10)
        equal((message["payload"], message["payload_encoding"], message["payload_bytes"]), (body[:10].decode(), "string", 256))


@check("counts of ready, unacknowledged, consumers")
def counts():
    connection = pika.BlockingConnection(pika.URLParameters(URL))
    channel = connection.channel()
    with queue("ma-counts") as name:
        channel.basic_qos(prefetch_count=2)
        for _ in range(5):
            channel.basic_publish("", name, b"x")
        channel.basic_consume(name, lambda *ignored: None, consumer_tag="ma-tag")
        statistics(name, messages=5, messages_ready=3, messages_unacknowledged=2, consumers=1)

        def consumers():
            return [c for c in ask("GET", "consumers/%2F", 200) if c["consumer_tag"] == "ma-tag"]
        consumer, = eventually(consumers, 15)
        equal((consumer["queue"], consumer["ack_required"], consumer["exclusive"], consumer["prefetch_count"]),
              ({"name": name, "vhost": "/"}, True, False, 2))
        connection.close()
        statistics(name, messages=5, messages_ready=5, messages_unacknowledged=0, consumers=0)


# ---- exchanges and bindings

@check("exchanges and bindings: made, listed, deleted")
def topology():
    with queue("ma-bound") as name:
        declaration = {"type": "topic", "durable": True, "auto_delete": False, "internal": False, "arguments": {}}
        ask("PUT", "exchanges/%2F/ma-exchange", 201, declaration)
        try:
            ask("PUT", "exchanges/%2F/ma-exchange", 204, declaration)
            equal(ask("PUT", "exchanges/%2F/ma-exchange", 400, {**declaration, "type": "fanout"})["reason"],
                  "inequivalent arg 'type' for exchange 'ma-exchange' in vhost '/': received 'fanout' but current is 'topic'")
            found = ask("GET", "exchanges/%2F/ma-exchange", 200)
            equal([found[k] for k in ("name", "type", "durable", "internal", "auto_delete")], ["ma-exchange", "topic", True, False, False])
            ask("POST", f"bindings/%2F/e/ma-exchange/q/{name}", 201, {"routing_key": "a.*", "arguments": {"x": 1}})
            location = api.headers["Location"]
            binding, = ask("GET", f"bindings/%2F/e/ma-exchange/q/{name}", 200)
            equal([binding[k] for k in ("source", "destination", "destination_type", "routing_key", "arguments")],
                  ["ma-exchange", name, "queue", "a.*", {"x": 1}])
            key = urllib.parse.quote(binding["properties_key"], safe="~")
            equal(location.rsplit("/", 1)[1], key)
            publish("ma-exchange", "a.b", "routed")
            publish("ma-exchange", "b", "lost", routed=False)
            equal(len(ask("GET", f"queues/%2F/{name}/bindings", 200)), 2)
            equal([b["destination"] for b in ask("GET", "exchanges/%2F/ma-exchange/bindings/source", 200)], [name])
            ask("DELETE", f"bindings/%2F/e/ma-exchange/q/{name}/{key}", 204)
            equal(ask("GET", f"bindings/%2F/e/ma-exchange/q/{name}", 200), [])
        finally:
            ask("DELETE", "exchanges/%2F/ma-exchange", 204)
        ask("DELETE", "exchanges/%2F/ma-exchange", 404)


@check("the exchanges that are always there")
def standard():
    found = {x["name"]: (x["type"], x["durable"]) for x in ask("GET", "exchanges/%2F", 200)}
    wanted = {"": "direct", "amq.direct": "direct", "amq.fanout": "fanout", "amq.headers": "headers", "amq.match": "headers",
              "amq.topic": "topic", "amq.rabbitmq.trace": "topic"}
    equal({name: found.get(name) for name in wanted}, {name: (kind, True) for name, kind in wanted.items()})


# ---- vhosts, users, permissions

@check("a vhost with a user of its own, and their end")
def vhosts():
    ask("PUT", "vhosts/ma-vhost", 201)
    try:
        ask("PUT", "vhosts/ma-vhost", 204)
        equal(ask("GET", "vhosts/ma-vhost", 200)["name"], "ma-vhost")
        ask("PUT", "users/ma-user", 201, {"password": "secret", "tags": "management"})
        ask("PUT", "permissions/ma-vhost/ma-user", 201, {"configure": "^mine-.*", "write": ".*", "read": ".*"})
        permission = ask("GET", "permissions/ma-vhost/ma-user", 200)
        equal([permission[k] for k in ("user", "vhost", "configure")], ["ma-user", "ma-vhost", "^mine-.*"])
        parameters = pika.URLParameters(URL)
        parameters.virtual_host, parameters.credentials = "ma-vhost", pika.PlainCredentials("ma-user", "secret")
        connection = pika.BlockingConnection(parameters)
        connection.channel().queue_declare("mine-1")
        try:
            connection.channel().queue_declare("yours-1")
            raise AssertionError("not refused")
        except pika.exceptions.ChannelClosedByBroker as error:
            equal((error.reply_code, error.reply_text),
                  (403, "ACCESS_REFUSED - access to queue 'yours-1' in vhost 'ma-vhost' refused for user 'ma-user'"))
        equal([q["name"] for q in ask("GET", "queues/ma-vhost", 200)], ["mine-1"])
        ask("DELETE", "vhosts/ma-vhost", 204)
        equal(forced(connection), "CONNECTION_FORCED - vhost 'ma-vhost' is deleted")
    finally:
        api("DELETE", "vhosts/ma-vhost")
        ask("DELETE", "users/ma-user", 204)


@check("a user without rights on a vhost is refused there")
def no_permission():
    ask("PUT", "users/ma-guest", 201, {"password": "secret", "tags": ""})
    try:
        parameters = pika.URLParameters(URL)
        parameters.credentials = pika.PlainCredentials("ma-guest", "secret")
        try:
            pika.BlockingConnection(parameters)
            raise AssertionError("not refused")
        except pika.exceptions.AMQPConnectionError as error:
            equal("ACCESS_REFUSED" in str(error) or "NOT_ALLOWED - access to vhost '/' refused for user 'ma-guest'" in str(error), True, error)
    finally:
        ask("DELETE", "users/ma-guest", 204)


# ---- policies, definitions, connections

@check("a policy limits the queues that it matches")
def policies():
    with queue("ma-policy-1") as name:
        ask("PUT", "policies/%2F/ma-policy", 201, {"pattern": "^ma-policy-", "definition": {"max-length": 2, "overflow": "reject-publish"},
                                                  "priority": 1, "apply-to": "queues"})
        try:
            found = ask("GET", "policies/%2F/ma-policy", 200)
            equal([found[k] for k in ("name", "pattern", "apply-to", "priority", "definition")],
                  ["ma-policy", "^ma-policy-", "queues", 1, {"max-length": 2, "overflow": "reject-publish"}])
            statistics(name, policy="ma-policy")
            connection = pika.BlockingConnection(pika.URLParameters(URL))
            channel = connection.channel()
            channel.confirm_delivery()
            outcomes = []
            for i in range(3):
                try:
                    channel.basic_publish("", name, b"%d" % i)
                    outcomes.append("ack")
                except pika.exceptions.NackError:
                    outcomes.append("nack")
            equal(outcomes, ["ack", "ack", "nack"])
            connection.close()
        finally:
            ask("DELETE", "policies/%2F/ma-policy", 204)
        equal(ask("GET", "policies/%2F/ma-policy", 404)["reason"], "Not Found")


@check("a policy gives a dead letter exchange and a TTL")
def dead_letter_policy():
    with queue("ma-ttl"), queue("ma-ttl-dead"):
        ask("PUT", "policies/%2F/ma-ttl", 201, {"pattern": "^ma-ttl$", "apply-to": "queues", "definition":
                                                {"message-ttl": 50, "dead-letter-exchange": "", "dead-letter-routing-key": "ma-ttl-dead"}})
        try:
            statistics("ma-ttl", policy="ma-ttl")
            publish("amq.default", "ma-ttl", "late")
            found = eventually(lambda: get("ma-ttl-dead"))
            equal((found[0]["payload"], found[0]["properties"]["headers"]["x-first-death-reason"]), ("late", "expired"))
        finally:
            ask("DELETE", "policies/%2F/ma-ttl", 204)


@check("definitions are exported and imported")
def definitions():
    ask("PUT", "vhosts/ma-defined", 201)
    try:
        made = {"queues": [{"name": "q", "durable": True, "auto_delete": False, "arguments": {"x-max-length": 5}}],
                "exchanges": [{"name": "x", "type": "fanout", "durable": True, "auto_delete": False, "internal": False, "arguments": {}}],
                "bindings": [{"source": "x", "destination": "q", "destination_type": "queue", "routing_key": "k", "arguments": {}}]}
        ask("POST", "definitions/ma-defined", 204, made)
        found = ask("GET", "definitions/ma-defined", 200)
        equal({key: [{k: thing[k] for k in made[key][0]} for thing in found[key]] for key in made}, made)
        whole = ask("GET", "definitions", 200)
        equal({"users", "vhosts", "permissions", "policies", "queues", "exchanges", "bindings", "rabbit_version"} <= set(whole), True)
    finally:
        ask("DELETE", "vhosts/ma-defined", 204)


@check("connections and channels are listed, and closed")
def connections():
    parameters = pika.URLParameters(URL)
    parameters.client_properties = {"connection_name": "ma-listed"}
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()

    def listed():
        return [c for c in ask("GET", "connections", 200) if c.get("client_properties", {}).get("connection_name") == "ma-listed"]
    found, = eventually(listed, 15)
    equal([found[k] for k in ("user", "vhost", "protocol", "state")], ["guest", "/", "AMQP 0-9-1", "running"])
    name = found["name"].replace(" ", "%20").replace(">", "%3E")
    equal(ask("GET", f"connections/{name}", 200)["name"], found["name"])
    channels = eventually(lambda: [c for c in ask("GET", f"connections/{name}/channels", 200)], 15)
    equal([(c["number"], c["user"]) for c in channels], [(channel.channel_number, "guest")])
    ask("DELETE", f"connections/{name}", 204)
    equal(forced(connection)[:17], "CONNECTION_FORCED")
    eventually(lambda: not listed(), 15)


if __name__ == "__main__":
    main()
