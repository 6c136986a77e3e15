"""rabbitmqadmin, the script that rabbitmq_management serves, as people and deployments use it."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from checks import check, equal, eventually, main

ADDRESS = urllib.parse.urlsplit(os.environ["MANAGEMENT_URL"])
VHOST = "ra-vhost"


def admin(*args, vhost=VHOST, status=0):
    """What the script wrote."""
    done = subprocess.run(["/usr/bin/python3", os.environ["RABBITMQADMIN"], "-H", ADDRESS.hostname, "-P", str(ADDRESS.port),
                           "-u", "guest", "-p", "guest", *(["-V", vhost] if vhost else []), *args],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    equal(done.returncode, status, done.stdout.decode(errors="replace")[:300])
    return done.stdout.decode()


def rows(*args):
    """A list's rows, as JSON."""
    return json.loads(admin("-f", "raw_json", *args))


def in_vhost(name):
    def register(function):
        def run():
            admin("declare", "vhost", "name=" + VHOST, vhost=None)
            try:
                function()
            finally:
                admin("delete", "vhost", "name=" + VHOST, vhost=None)
        run.__name__ = function.__name__
        return check(name)(run)
    return register


def declare():
    admin("declare", "queue", "name=q", "durable=true", 'arguments={"x-max-length":10}')
    admin("declare", "exchange", "name=x", "type=topic")
    admin("declare", "binding", "source=x", "destination=q", "routing_key=a.#")
    admin("declare", "policy", "name=p", "pattern=^q", 'definition={"max-length":3}', "apply-to=queues")


@in_vhost("declare, publish, get, purge, delete")
def messages():
    declare()
    equal(admin("publish", "exchange=x", "routing_key=a.b", "payload=hello", 'properties={"delivery_mode":2}'), "Message published\n")
    equal(admin("publish", "exchange=x", "routing_key=b", "payload=lost"), "Message published but NOT routed\n")
    got, = rows("get", "queue=q", "ackmode=ack_requeue_false")
    equal((got["payload"], got["properties"], got["redelivered"]), ("hello", {"delivery_mode": 2}, False))
    admin("purge", "queue", "name=q")
    admin("delete", "queue", "name=q")
    equal("*** Not found" in admin("delete", "queue", "name=q", status=1), True)


@in_vhost("lists")
def lists():
    declare()
    equal([(q["name"], q["arguments"]) for q in rows("list", "queues", "name", "arguments")], [("q", {"x-max-length": 10})])
    equal([b["source"] for b in rows("list", "bindings")], ["", "x"])
    equal("x" in [x["name"] for x in rows("list", "exchanges")], True)
    equal([p["name"] for p in rows("list", "policies") if p["vhost"] == VHOST], ["p"])
    for what in ("users", "vhosts", "permissions", "connections", "channels", "consumers", "nodes", "parameters",
                 "vhost_limits", "operator_policies"):
        admin("list", what, vhost=None)
    admin("show", "overview", vhost=None)


@in_vhost("export and import")
def definitions():
    declare()
    with tempfile.NamedTemporaryFile() as file:
        admin("export", file.name)
        admin("delete", "queue", "name=q")
        admin("delete", "exchange", "name=x")
        admin("delete", "policy", "name=p")
        admin("import", file.name)
    equal([q["name"] for q in rows("list", "queues", "name")], ["q"])
    equal([b["source"] for b in rows("list", "bindings")], ["", "x"])
    eventually(lambda: [q.get("policy") for q in rows("list", "queues", "name", "policy")] == ["p"], 15)


@in_vhost("users and their permissions")
def users():
    admin("declare", "user", "name=ra-user", "password=p", "tags=management", vhost=None)
    try:
        admin("declare", "permission", "vhost=" + VHOST, "user=ra-user", "configure=.*", "write=.*", "read=.*", vhost=None)
        equal(["ra-user" in [p["user"] for p in rows("list", "permissions")]], [True])
    finally:
        admin("delete", "user", "name=ra-user", vhost=None)


if __name__ == "__main__":
    main()
