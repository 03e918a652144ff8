"""Runs the files of a suite with pytest, as a persistent executor.

This process speaks to the worker and loads nothing. Below it, one warm process a tree loads pytest, its plugins and
the outermost conftest once, and forks for each file: every file starts from the same warm state, and none sees another's.
With `--no-isolate` a fork runs file after file in one session, and the next one is made when it has ended.
"""

import gc
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

# Nothing is written beside the program.
writes_bytecode, sys.dont_write_bytecode = not sys.dont_write_bytecode, True
from capstan_fork import FileRun, Forks  # noqa: E402

sys.dont_write_bytecode = not writes_bytecode

WORKER = 3
ID_CHARACTERS = 4096
MESSAGE_CHARACTERS = 65536
MESSAGES_CHARACTERS = 2097152
SHARED = "--no-isolate"
# The end of the session of a fork may take so long.
CLOSE_SECONDS = 5


class Lines:
    """Messages as lines of JSON on a stream socket."""

    def __init__(self, stream):
        self.socket = stream
        self.rest = b""

    def send(self, **message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self):
        """The messages that have come; None at the end of the stream."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            return None
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def messages(self):
        while (received := self.receive()) is not None:
            yield from received


class Executor:
    """Takes trials one at a time, and keeps the warm process of the tree that they come from."""

    def __init__(self):
        os.set_inheritable(WORKER, False)
        self.worker = Lines(socket.socket(fileno=WORKER))
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.worker.socket, selectors.EVENT_READ)
        self.scratch = tempfile.mkdtemp(prefix="capstan-pytest-")
        self.shared = [SHARED] if SHARED in sys.argv else []
        self.root = self.warm = self.process = None
        self.trial = self.pid = None
        self.is_stopping = False
        self.waiting = []

    def serve(self):
        try:
            self.worker.send(type="ready", **({"closeMs": CLOSE_SECONDS * 1000} if self.shared else {}))
            while True:
                for key, _ in self.selector.select():
                    if key.fileobj is self.worker.socket:
                        received = self.worker.receive()
                        if received is None:
                            return
                        if any(message["type"] == "close" for message in received):
                            self.leave_warm()
                            return
                        for message in received:
                            self.take(message)
                    elif self.warm and key.fileobj is self.warm.socket:
                        self.listen()
        finally:
            self.end_warm()
            shutil.rmtree(self.scratch, ignore_errors=True)

    def take(self, message):
        if message["type"] == "trial":
            self.waiting.append(message)
            self.begin()
        elif message["type"] == "stop" and message["trial"] == (self.trial and self.trial["trial"]):
            self.is_stopping = True
            self.interrupt()

    def begin(self):
        if self.trial is not None or not self.waiting:
            return
        self.trial, self.is_stopping = self.waiting.pop(0), False
        self.started, self.load_ms = time.monotonic(), 0
        given = self.trial.get("input") or {}
        root = os.path.realpath(given.get("root") or self.trial.get("workspace") or os.getcwd())
        if not isinstance(given.get("file"), str):
            self.finish([], [{"message": "the input names no file: give `file`, a path from the root of the tree"}])
            return
        try:
            self.is_loading = root != self.root
            if self.is_loading:
                self.leave_warm()
                self.start_warm(root)
            self.warm.send(file=given["file"], examples=given.get("examples"), part=given.get("part"), env=self.trial.get("env") or {})
        except OSError as error:
            self.finish([], [{"name": type(error).__name__, "message": str(error)}])

    def start_warm(self, root):
        ours, theirs = socket.socketpair()
        command = [python_of(root), os.path.abspath(__file__), "warm", str(theirs.fileno()), self.scratch, *self.shared]
        self.process = subprocess.Popen(command, cwd=root, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self.root, self.warm = root, Lines(ours)
        self.selector.register(ours, selectors.EVENT_READ)

    def leave_warm(self):
        """Lets a fork that runs several files end its session."""
        if self.warm is not None and self.shared:
            self.warm.socket.shutdown(socket.SHUT_WR)
            try:
                self.process.wait(CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGKILL)
        self.end_warm()

    def end_warm(self):
        if self.warm is None:
            return
        if self.trial is not None:
            self.signal(signal.SIGKILL)
        self.selector.unregister(self.warm.socket)
        self.warm.socket.close()
        self.process.kill()
        self.process.wait()
        self.root = self.warm = self.process = self.pid = None

    def listen(self):
        received = self.warm.receive()
        if received is None:
            self.end_warm()
            if self.trial is not None:
                self.finish([], [{"name": "ProcessEnded", "message": "the process that holds pytest ended"}])
            return
        for message in received:
            if "pid" in message:
                self.pid = message["pid"]
                if self.is_loading:
                    self.load_ms = (time.monotonic() - self.started) * 1000
                if self.is_stopping:
                    self.interrupt()
            else:
                if not message.pop("lives", False):
                    self.pid = None
                self.finish(**message)

    def interrupt(self):
        self.signal(signal.SIGINT)

    def signal(self, number):
        try:
            if self.pid is not None:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def finish(self, examples, failures):
        trial, self.trial = self.trial, None
        mute(examples, set((trial.get("input") or {}).get("muted") or []))
        failed = {each["id"] for each in examples if each["status"] == "failed"}
        failures = [each for each in failures if each.pop("example", None) not in failed]
        counts = {status: sum(each["status"] == status for each in examples) for status in ("passed", "failed", "skipped")}
        counts["skipped"] += sum(each["status"] == "muted" for each in examples)
        error = file_error(failures, [each["name"] for each in examples if each["status"] == "failed"])
        idle = "succeeded" if counts["passed"] else "skipped"
        output = {"examples": examples, "durationMs": (time.monotonic() - self.started) * 1000, "loadMs": self.load_ms}
        result = {"trial": trial["trial"], "status": "failed" if error else idle, "output": output, "counts": counts}
        self.worker.send(type="result", **result, **({"error": error} if error else {}))
        self.begin()


def mute(examples, muted):
    """Tells those as muted that failed and are asked to fail nothing: by name, by id, or by the id within the file."""
    for each in examples:
        if each["status"] == "failed" and not muted.isdisjoint((each["name"], each["id"], each["id"].partition("::")[2])):
            each["status"] = "muted"


def file_error(failures, failed):
    if failures:
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        return {**failures[0], "message": failures[0]["message"] + more}
    if failed:
        names = ", ".join(failed[:3]) + (", …" if len(failed) > 3 else "")
        return {"name": "ExamplesFailed", "message": f"{len(failed)} examples failed: {names}"}
    return None


def python_of(root):
    """The interpreter of the tree's own environment, where it has one."""
    for folder in (".venv", "venv"):
        path = os.path.join(root, folder, "bin", "python")
        if os.access(path, os.X_OK):
            return path
    return sys.executable


def clip(text, characters):
    if len(text) <= characters:
        return text
    return text[: characters - 1] + "…" if characters > 0 else ""


def relative(path, root):
    return os.path.relpath(path, root).replace(os.sep, "/")


class Recorder:
    """A plugin of pytest that writes each example and failure to a file at once, so that they outlive a crash."""

    def __init__(self, path, root):
        self.file = None
        self.root = root
        self.config = None
        self.part = None
        self.open(path)

    def open(self, path):
        """Each file has its own."""
        self.close()
        self.file = open(path, "w", encoding="utf-8")
        self.examples = {}
        self.shared = {}
        self.characters = MESSAGES_CHARACTERS

    def close(self):
        """What happens from now on is of no file."""
        if self.file is not None:
            self.file.close()
        self.file = None

    def pytest_configure(self, config):
        self.config = config
        reporter = config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None:
            reporter._tw._file = open(os.devnull, "w", encoding="utf-8")

    def pytest_collection_modifyitems(self, config, items):
        """Leaves what is of the part of a file that is split."""
        if self.part is None:
            return
        only = self.part.get("only")
        listed = set(self.part.get("except") or [] if only is None else only)
        kept, left = [], []
        for item in items:
            is_listed = clip(item.nodeid, ID_CHARACTERS) in listed
            (kept if is_listed == (only is not None) else left).append(item)
        items[:] = kept
        if left:
            config.hook.pytest_deselected(items=left)

    def pytest_collectreport(self, report):
        if report.failed:
            self.fail(report.longreprtext)

    def pytest_internalerror(self, excrepr):
        self.fail(str(excrepr))

    def pytest_runtest_makereport(self, item, call):
        error = shared_error(call.excinfo.value) if call.when == "teardown" and call.excinfo is not None else None
        if error is not None:
            self.shared[item.nodeid] = f"{type(error).__name__}: {error}"

    def pytest_runtest_logreport(self, report):
        example = self.examples.setdefault(report.nodeid, {"status": "passed", "durationMs": 0, "messages": []})
        example["durationMs"] += report.duration * 1000
        if report.failed:
            example["status"] = "failed"
            example["messages"].append(report.longreprtext)
            if report.when == "teardown" and report.nodeid in self.shared:
                told = {"message": clip(self.shared[report.nodeid], 4096), "example": clip(report.nodeid, ID_CHARACTERS)}
                self.fail(report.longreprtext, "TeardownFailed", **told)
        elif report.skipped and example["status"] == "passed":
            example["status"] = "skipped"
            example["messages"].append(skip_reason(report))
        if report.when == "teardown":
            self.write(report, example)

    def write(self, report, example):
        path, line, _ = report.location
        # Parameters, which come last, may have the sign in them.
        names, bracket, parameters = report.nodeid.split("::", 1)[-1].partition("[")
        name = names.replace("::", " > ") + bracket + parameters
        message = clip("\n\n".join(filter(None, example["messages"])), min(MESSAGE_CHARACTERS, self.characters))
        self.characters -= len(message)
        self.put(
            example={
                "id": clip(report.nodeid, ID_CHARACTERS),
                "name": clip(name, ID_CHARACTERS),
                "status": example["status"],
                "durationMs": example["durationMs"],
                **({"message": message} if message else {}),
                "file": relative(self.config.rootpath / path, self.root),
                **({"line": line + 1} if line is not None and line >= 0 else {}),
            }
        )

    def fail(self, text, name="Error", **told):
        """`example` is the one that tells of the failure too: where that fails, this is the same failure."""
        lines = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
        last = text.strip().splitlines()[-1] if text.strip() else "failed"
        message = lines[0] if lines else last
        if self.file is None:
            print(f"after the last file: {name}: {message}", file=sys.stderr)
        self.put(failure={"name": name, "message": clip(message, 4096), "stack": clip(text, MESSAGE_CHARACTERS), **told})

    def put(self, **record):
        if self.file is None:
            return
        self.file.write(json.dumps(record) + "\n")
        self.file.flush()


def shared_error(error):
    """What of an error was not raised by fixtures of one example alone: pytest tells that on the last example."""
    import traceback

    from _pytest.fixtures import FixtureDef

    owners = [frame.f_locals.get("self") for frame, _ in traceback.walk_tb(error.__traceback__)]
    scopes = [owner.scope for owner in owners if isinstance(owner, FixtureDef)]
    if scopes:
        return None if scopes[-1] == "function" else error
    within = getattr(error, "exceptions", ()) or ()
    return next(filter(None, map(shared_error, within)), None) if within else error


def skip_reason(report):
    if hasattr(report, "wasxfail"):
        return f"expected to fail: {report.wasxfail}".removesuffix(": ")
    longrepr = report.longrepr
    return longrepr[2].removeprefix("Skipped: ") if isinstance(longrepr, tuple) else str(longrepr or "")


def warm(descriptor, scratch, isolates):
    """Loads pytest for the tree in the working directory, then forks for the files that are asked for."""
    root = os.path.realpath(os.getcwd())
    os.set_inheritable(descriptor, False)
    executor = Lines(socket.socket(fileno=descriptor))
    # As `python -m pytest` does; the folder of this program is none of the tree's business.
    sys.path[0] = root
    recorder = Recorder(os.path.join(scratch, "load"), root)
    config, failures = load(recorder, scratch)
    # pytest collects garbage several times a session: not what is loaded here, which no file of its own lets go of.
    gc.collect()
    gc.freeze()
    path = os.path.join(scratch, "records")
    forks = Forks(executor.socket, path, FileRun(config, recorder, path, isolates))
    if not failures:
        forks.make()
    for asked in executor.messages():
        if failures:
            executor.send(examples=[], failures=failures)
            return
        code = forks.ask(asked, lambda pid: executor.send(pid=pid))
        executor.send(**outcome(path, code), lives=code is None)
        # The next one is made while the result travels, and is nobody's neighbour while a file runs.
        forks.make()
    forks.leave()


def load(recorder, scratch):
    try:
        import importlib.util

        import pytest
        from _pytest.config import _prepareconfig

        for name in ("pytest_configure", "pytest_collection_modifyitems"):
            setattr(Recorder, name, pytest.hookimpl(trylast=True)(getattr(Recorder, name)))
        # Later options win over those of the project: nothing is captured, spread over processes or measured.
        # Nobody reads header and summary, and plugins load much to write theirs.
        args = ["--capture=no", "--no-header", "--no-summary", "-o", f"cache_dir={os.path.join(scratch, 'cache')}"]
        # A plugin that is there and not loaded makes its options unknown.
        loads = not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        if loads and importlib.util.find_spec("xdist"):
            args.append("-n0")
        if loads and importlib.util.find_spec("pytest_cov"):
            args.append("--no-cov")
        return _prepareconfig(args, [recorder]), []
    except BaseException as error:  # A conftest may raise whatever it likes.
        import traceback

        failure = {"name": type(error).__name__, "message": clip(str(error) or repr(error), 4096)}
        return None, [{**failure, "stack": clip(traceback.format_exc(), MESSAGE_CHARACTERS)}]


def outcome(path, code):
    """What a file's process has recorded; a process that did not come to its end says so."""
    records = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        os.remove(path)
    examples = [record["example"] for record in records if "example" in record]
    failures = [record["failure"] for record in records if "failure" in record]
    if not any("end" in record for record in records):
        ended = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        failures.append({"name": "ProcessExit", "message": f"the process of the file {ended} while it ran"})
    return {"examples": examples, "failures": failures}


if __name__ == "__main__":
    if sys.argv[1:2] == ["warm"]:
        warm(int(sys.argv[2]), sys.argv[3], SHARED not in sys.argv)
    else:
        Executor().serve()
