"""Runs files of pytest in forks of a process that has it loaded: one file each, or one after another in one session."""

import atexit
import json
import os
import random
import signal
import socket
import sys
import threading

# Processes that are asked for a file, when they end before they take it.
ASKS_MAX = 3


class Forks:
    """The forks of a warm process, one at a time, which is made before a file is asked for."""

    def __init__(self, closed, records, run):
        """`run` runs in the fork, with the socket that its orders come by; `closed` is the warm process's alone."""
        self.closed, self.records, self.run = closed, records, run
        self.spare = None
        self.ran = set()

    def make(self):
        if self.spare is None:
            self.spare = Spare(self.closed, self.run)
            self.ran = set()
        return self.spare

    def ask(self, asked, tell_pid):
        """Runs a file, in a process that does not know it yet; the exit code of that, or None when it lives on."""
        if asked["file"] in self.ran:
            self.leave()
        for left in reversed(range(ASKS_MAX)):
            spare = self.make()
            self.ran.add(asked["file"])
            # It is known since its first file.
            if spare.watch is None:
                tell_pid(spare.pid)
            code = spare.ask(asked)
            if code is not None:
                self.spare = None
            # One that waits may have ended since, and has taken no order.
            if left == 0 or code is None or os.path.exists(self.records):
                return code

    def leave(self):
        if self.spare is not None:
            self.spare.leave()
        self.spare = None


class Spare:
    """A fork that waits for its file: it is there before that is asked for."""

    def __init__(self, closed, run):
        self.channel, theirs = socket.socketpair()
        self.code = None
        self.watch = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                closed.close()
                self.channel.close()
                code = run(theirs)
            finally:
                os._exit(code)
        theirs.close()

    def ask(self, asked):
        """Waits until the file has been run; gives the exit code of the process, or None when it lives on."""
        self.follow()
        try:
            self.channel.sendall(json.dumps(asked).encode() + b"\n")
            if self.channel.recv(1):
                return None
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self.end()

    def leave(self):
        """Lets it do what is behind its last file, and waits for its end."""
        self.follow()
        self.channel.shutdown(socket.SHUT_WR)
        self.end()

    def follow(self):
        """The end of the process ends the channel, also where something that it has left holds the other side."""

        def wait():
            _, status = os.waitpid(self.pid, 0)
            self.code = os.waitstatus_to_exitcode(status)
            self.channel.shutdown(socket.SHUT_RD)

        if self.watch is None:
            self.watch = threading.Thread(target=wait, daemon=True)
            self.watch.start()

    def end(self):
        self.watch.join()
        self.channel.close()
        return self.code


class FileRun:
    """Runs what a channel asks for. Alone, one file; otherwise each file is answered, and the session goes on to the next."""

    def __init__(self, config, recorder, records, isolates):
        self.config, self.recorder, self.records, self.isolates = config, recorder, records, isolates
        self.variables = []
        self.names = set()

    def __call__(self, channel):
        self.channel, self.lines = channel, channel.makefile("r", encoding="utf-8")
        # Nothing comes when the warm process is gone, and with it everybody who could ask.
        if not self.take():
            return 0
        look_for(self.names)
        random.seed()
        sys.stdout.reconfigure(line_buffering=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if not self.isolates:
            self.config.pluginmanager.register(self, "capstan-file-run")
        try:
            code = int(self.config.hook.pytest_cmdline_main(config=self.config))
            if code == 2:
                self.recorder.fail("the run was interrupted", "Interrupted")
        except BaseException as error:
            self.recorder.fail(str(error) or repr(error), type(error).__name__)
        finally:
            self.config._ensure_unconfigure()
            self.recorder.put(end=True)
            atexit._run_exitfuncs()
            flush()
        return 0

    def pytest_runtestloop(self, session):
        """As pytest's own, and again for each file that follows. What is of the session alone stays from one to the next."""
        config = session.config
        while True:
            if session.testsfailed and not config.option.continue_on_collection_errors:
                raise session.Interrupted("errors during collection")
            for item, following in zip(session.items, [*session.items[1:], session]):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.shouldfail:
                    raise session.Failed(session.shouldfail)
                if session.shouldstop:
                    raise session.Interrupted(session.shouldstop)
            if not self.answer():
                return True
            session.testsfailed = 0
            config.hook.pytest_collection(session=session)

    def answer(self):
        """Tells that the file has been run, and takes the next one."""
        self.recorder.put(end=True)
        flush()
        self.channel.sendall(b"\n")
        return self.take()

    def take(self):
        """False when no other file is to come."""
        line = self.lines.readline()
        if not line:
            self.recorder.close()
            return False
        asked = json.loads(line)
        self.recorder.open(self.records)
        self.recorder.part = asked["part"]
        for name in self.variables:
            if name not in asked["env"]:
                os.environ.pop(name, None)
        self.variables = list(asked["env"])
        os.environ.update(asked["env"])
        file, examples = os.path.join(self.recorder.root, asked["file"]), asked["examples"]
        self.config.args = [file] if examples is None else [example_path(self.config, each) for each in examples]
        sys.argv = ["pytest", *self.config.args]
        self.names.clear()
        self.names.update(os.path.normpath(file).split(os.sep))
        if self.isolates:
            self.lines.close()
            self.channel.close()
        return True


def example_path(config, example):
    """Ids are paths from pytest's own root, which need not be the tree's."""
    path, mark, rest = example.partition("::")
    return str(config.rootpath / path) + mark + rest


def look_for(names):
    """Lets pytest see only these in a folder. From 8 on it makes a node of everything beside a file, and drops all others."""
    from _pytest import main, python

    def scandir(path, sort_key=lambda entry: entry.name):
        try:
            with os.scandir(path) as entries:
                return sorted((entry for entry in entries if entry.name in names), key=sort_key)
        except FileNotFoundError:
            return []

    for module in (main, python):
        if hasattr(module, "scandir"):
            module.scandir = scandir


def flush():
    sys.stdout.flush()
    sys.stderr.flush()
