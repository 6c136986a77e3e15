"""What the comparisons of this folder share: the machine, processor time, echo servers, figures against goals."""

import glob
import os
import re
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(ROOT, "conformance"))
from harness import free_port

BUILT = os.environ.get("PARLEL_BENCH_DIR", os.path.join(ROOT, "build-bench"))
PARLEL = os.environ.get("PARLEL", os.path.join(ROOT, "build", "parlel"))


def machine():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    return f"{model[1] if model else os.uname().machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def built(name):
    """A program of the bench preset; None: it is not built."""
    path = os.path.join(BUILT, name)
    return path if os.path.exists(path) else None


def tree(pid):
    """The process and its descendants."""
    found = [pid]
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path) as f:
                for child in f.read().split():
                    found += tree(int(child))
        except OSError:
            pass
    return found


def processor_ns(pid):
    """Nanoseconds that the threads of the process and of its descendants, as far as they live, have run."""
    total = 0
    for one in tree(pid):
        for path in glob.glob(f"/proc/{one}/task/*/schedstat"):
            try:
                with open(path) as f:
                    total += int(f.read().split()[0])
            except OSError:
                pass
    return total


def resident(pid):
    """Bytes of memory of the process and its descendants."""
    total = 0
    for one in tree(pid):
        with open(f"/proc/{one}/status") as f:
            found = re.search(r"VmRSS:\s+(\d+) kB", f.read())
            total += int(found[1]) * 1024 if found else 0
    return total


class EchoServer:
    """bench/echo_server, which answers every so many bytes alike; seen like a server of the harness."""

    def __init__(self, program, request_len, bulk_len):
        self.port = free_port()
        self.process = subprocess.Popen([program, str(self.port), str(request_len), *bulk_len], stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.005)
        raise SystemExit("the echo server does not answer")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Goals:
    """Figures against their goals, for the last table of a run."""

    def __init__(self):
        self.figures = []

    def goal(self, what, goal, value, unit="", most=False):
        """Notes a figure that is to be at least (or at most) its goal."""
        self.figures.append((what, f"{'<=' if most else '>='} {goal:g}{unit}", f"{value:.2f}{unit}",
                             value <= goal if most else value >= goal))

    def summary(self):
        print("\n## Goals\n\n| figure | goal | measured | |\n|---|--:|--:|---|")
        for what, goal, value, met in self.figures:
            print(f"| {what} | {goal} | {value} | {'met' if met else '**missed**'} |")
