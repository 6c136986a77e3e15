"""The broker that checks, transcripts and benchmarks talk to: parlel, Debian's rabbitmq-server, or one that runs."""

import glob
import json
import os
import shlex
import subprocess
import sys
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from harness import Server, Unavailable, absolute, free_port, parlel_up

# Of Debian's package. The programs in PATH run as the user rabbitmq; these as whoever calls them.
REAL_PROGRAMS = "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin"
HEADER = b"AMQP\0\0\x09\x01"


class Broker(Server):
    """A server that the subclass launches; its ports are free ones of the loopback address."""

    host = "127.0.0.1"

    def __init__(self):
        super().__init__()
        self.port, self.management_port = free_port(45536), free_port()

    def answers(self):
        with self.connect() as s:
            s.sendall(HEADER)
            return bool(s.recv(64))


class ParlelBroker(Broker):
    def __init__(self, binary):
        super().__init__()
        self.binary = absolute(binary)
        self.launch(parlel_up(binary, "rabbitmq", self.port, {"management": self.management_port}))

    def alarm(self, on):
        """A shell command that has publishers blocked, or ends it."""
        rule = "add service=rabbitmq op=connection.blocked hold" if on else "clear"
        return f"env PARLEL_STATE_DIR={self.folder.name} {shlex.quote(self.binary)} fault {rule}"


class RealBroker(Broker):
    """rabbitmq-server with a node name, a data folder, an epmd and a distribution port of its own."""

    def __init__(self, management=True, memory="4GB"):
        super().__init__()
        folders = sorted(glob.glob(REAL_PROGRAMS))
        if not folders:
            raise Unavailable("no rabbitmq-server on this machine (apt-get install rabbitmq-server)")
        self.programs = folders[-1]
        folder = self.folder.name
        self._write("rabbitmq.conf", f"listeners.tcp.default = 127.0.0.1:{self.port}\nloopback_users = none\n"
                    f"vm_memory_high_watermark.absolute = {memory}\ndisk_free_limit.absolute = 50MB\n"
                    "log.file.level = warning\nlog.console = false\n" + (
                        f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.management_port}\n" if management else ""))
        self._write("enabled_plugins", "[rabbitmq_management]." if management else "[].")
        self._write("environment.conf", "")
        self.env = {
            "HOME": folder, "RABBITMQ_HOME": os.path.dirname(self.programs), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"checks{self.port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(free_port()), "ERL_EPMD_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia", "RABBITMQ_LOG_BASE": f"{folder}/logs",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins", "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced", "RABBITMQ_CONF_ENV_FILE": f"{folder}/environment.conf",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        self.launch([f"{self.programs}/rabbitmq-server"], self.env, seconds=60)

    def alarm(self, on):
        """A shell command that raises the memory alarm, or ends it."""
        values = " ".join(shlex.quote(f"{name}={value}") for name, value in self.env.items())
        return f"env {values} {self.programs}/rabbitmqctl -q set_vm_memory_high_watermark absolute {'1' if on else '4GB'}"

    def _write(self, name, text):
        with open(os.path.join(self.folder.name, name), "w", encoding="utf-8") as file:
            file.write(text)

    def stop(self):
        trouble = super().stop()
        subprocess.run(["epmd", "-port", self.env["ERL_EPMD_PORT"], "-kill"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return trouble


class RunningBroker:
    """One that runs already: HOST:PORT[:MANAGEMENT_PORT]."""

    def __init__(self, address):
        self.host, port, *management = address.split(":")
        self.port = int(port)
        self.management_port = int(management[0]) if management else self.port + 10000

    def stop(self):
        return None


def start(name):
    """A Broker by the name that a command line gives: HOST:PORT[:MANAGEMENT_PORT], rabbitmq-server, or parlel's path."""
    if ":" in os.path.basename(name):
        return RunningBroker(os.path.basename(name))
    if os.path.basename(name) == "rabbitmq-server":
        return RealBroker()
    return ParlelBroker(name)


def environment(broker):
    """What the check programs find the broker by."""
    alarm = getattr(broker, "alarm", lambda on: "")
    return {"ALARM_ON": alarm(True), "ALARM_OFF": alarm(False),
            "AMQP_URL": f"amqp://guest:guest@{broker.host}:{broker.port}/",
            "MANAGEMENT_URL": f"http://{broker.host}:{broker.management_port}"}


class Management:
    """The HTTP API of the broker that MANAGEMENT_URL names."""

    def __init__(self, user="guest", password="guest"):
        self.url = os.environ.get("MANAGEMENT_URL", "http://127.0.0.1:15672") + "/api/"
        passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
        passwords.add_password(None, self.url, user, password, is_authenticated=True)
        self.opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords), NoRaise())

    def __call__(self, method, path, body=None):
        """(status, value), whatever the status."""
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(),
                                         {"Content-Type": "application/json"}, method=method)
        with self.opener.open(request, timeout=10) as answer:
            text = answer.read()
            self.headers = answer.headers
            return answer.status, json.loads(text) if text.strip() else None


class NoRaise(urllib.request.HTTPErrorProcessor):
    def http_response(self, request, response):
        return response
