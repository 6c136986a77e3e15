"""amqp-tools, the programs of librabbitmq, as scripts use them."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from checks import check, equal, eventually, main

URL = os.environ["AMQP_URL"] + "%2F"


def tool(name, *args, stdin=b"", status=0):
    """What the program wrote."""
    done = subprocess.run([f"amqp-{name}", "--url=" + URL, *args], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=20)
    if status is not None:
        equal(done.returncode, status, done.stdout.decode(errors="replace")[:200])
    return done.stdout


def with_queue(name):
    def register(function):
        def run():
            equal(tool("declare-queue", "-q", name), name.encode() + b"\n")
            try:
                function(name)
            finally:
                tool("delete-queue", "-q", name)
        run.__name__ = function.__name__
        return check(function.__name__.replace("_", " "))(run)
    return register


@with_queue("at-basic")
def declare_publish_get_delete(queue):
    tool("publish", "-r", queue, "-b", "hello")
    equal(eventually(lambda: tool("get", "-q", queue, status=None)), b"hello")
    equal(tool("get", "-q", queue, status=2), b"")


@with_queue("at-lines")
def a_message_for_each_line_of_the_input(queue):
    tool("publish", "-r", queue, "-l", stdin=b"one\ntwo\nthree\n")
    equal(tool("consume", "-q", queue, "-c", "3", "cat"), b"one\ntwo\nthree\n")


@with_queue("at-body")
def a_body_of_a_megabyte_from_the_input(queue):
    body = bytes(range(256)) * 4096
    tool("publish", "-r", queue, "-p", "-C", "application/octet-stream", stdin=body)
    equal(tool("consume", "-q", queue, "-c", "1", "-A", "sha1sum").split()[0],
          subprocess.run("sha1sum", input=body, stdout=subprocess.PIPE).stdout.split()[0])


@with_queue("at-status")
def consume_acknowledges_when_the_command_succeeds(queue):
    tool("publish", "-r", queue, "-b", "x")
    # Commands that read what they are given: amqp-consume dies of a pipe that is closed too soon.
    tool("consume", "-q", queue, "-c", "1", "grep", "absent", status=None)
    tool("consume", "-q", queue, "-c", "1", "cat")
    equal(tool("get", "-q", queue, status=2), b"")


@check
def consume_binds_a_queue_of_its_own():
    consumer = subprocess.Popen(["amqp-consume", "--url=" + URL, "-e", "amq.topic", "-r", "at.#", "-c", "1", "cat"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        def received():
            tool("publish", "-e", "amq.topic", "-r", "at.any", "-b", "news")
            return consumer.poll() is not None
        eventually(received)
        equal(consumer.stdout.read(), b"news")
    finally:
        consumer.kill()
        consumer.wait()


@check
def errors_are_told():
    equal(b"403" in subprocess.run(["amqp-get", "--url=" + URL.replace("guest@", "wrong@"), "-q", "x"], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, timeout=20).stdout, True)
    equal(b"404" in tool("get", "-q", "at-none", status=1), True)


if __name__ == "__main__":
    main()
