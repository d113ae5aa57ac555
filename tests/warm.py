"""Programs of this clone as processes of their own that start at once, for tests that start many of them.

A process that has imported everything forks one child for each start. The child has its own command line,
environment and output, and is what ``subprocess.Popen`` would have started, a second earlier. Where there is
no fork, and for commands that are not a program of this clone, it is ``subprocess.Popen``.
"""

import atexit
import contextlib
import functools
import gc
import json
import math
import os
import random
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ("gui", "ticket_watcher", "notifier")
MODULES = (
    "deskwatch.lineup",
    "deskwatch.gui_commands.serving",
    "deskwatch.notify_commands.running",
    "deskwatch.watch_commands",
    "deskwatch.demo",
    "deskwatch.demo.twilio",
    "deskwatch.web.app",
)
LONGEST = 1 << 20


def start(command, **options):
    """Like ``subprocess.Popen``."""
    words = [str(word) for word in command]
    if sys.platform != "linux" or words[0] != sys.executable or not _is_ours(words[1:]):
        return subprocess.Popen(words, **options)
    return Process(words[1:], **options)


def _is_ours(words):
    if words[:1] == ["-m"]:
        return words[1].split(".")[0] == "deskwatch"
    return (ROOT / words[0]).parent == ROOT and (ROOT / words[0]).stem in SCRIPTS


class Process:
    """What tests use of ``subprocess.Popen``."""

    def __init__(
        self,
        words,
        *,
        cwd=None,
        env=None,
        stdin=None,
        stdout=None,
        stderr=None,
        text=False,
        start_new_session=False,
    ):
        self.returncode, self.stdout, self.stderr = None, None, None
        with contextlib.ExitStack() as stack:
            fds = [self._fd(0, stdin, stack, text)]
            fds.append(self._fd(1, stdout, stack, text))
            fds.append(fds[1] if stderr == subprocess.STDOUT else self._fd(2, stderr, stack, text))
            wish = {
                "words": words,
                "cwd": str(cwd or os.getcwd()),
                "env": dict(os.environ if env is None else env),
                "session": start_new_session,
            }
            self._nursery = _nursery()
            self.pid = self._nursery.start(wish, fds)

    def _fd(self, number, wish, stack, text):
        if wish is None:
            return number
        if wish == subprocess.DEVNULL:
            null = os.open(os.devnull, os.O_RDWR)
            stack.callback(os.close, null)
            return null
        if wish == subprocess.PIPE:
            ours, theirs = os.pipe()
            stack.callback(os.close, theirs)
            setattr(self, {1: "stdout", 2: "stderr"}[number], open(ours, "r" if text else "rb"))  # noqa: SIM115
            return theirs
        return wish if isinstance(wish, int) else wish.fileno()

    def poll(self):
        if self.returncode is None:
            self.returncode = self._nursery.code_of(self.pid, 0)
        return self.returncode

    def wait(self, timeout=None):
        if self.returncode is None:
            self.returncode = self._nursery.code_of(self.pid, timeout)
            if self.returncode is None:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return self.returncode

    def communicate(self, timeout=None):
        """Everything it printed until it ended."""
        end = None if timeout is None else time.monotonic() + timeout
        said = dict.fromkeys(pipe for pipe in (self.stdout, self.stderr) if pipe and not pipe.closed)
        readers = []
        for pipe in said:
            readers.append(threading.Thread(target=lambda p=pipe: said.update({p: p.read()}), daemon=True))
            readers[-1].start()
        for reader in readers:
            reader.join(None if end is None else max(0.0, end - time.monotonic()))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
        for pipe in said:
            pipe.close()
        self.wait(None if end is None else max(0.0, end - time.monotonic()))
        return said.get(self.stdout), said.get(self.stderr)

    def send_signal(self, number):
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pipe in (self.stdout, self.stderr):
            if pipe:
                pipe.close()
        self.wait()


Running = Process | subprocess.Popen


class Nursery:
    """The process that forks, as its user sees it. It ends with its user."""

    def __init__(self):
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._socket, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
        self._codes, self._lock = {}, threading.Lock()
        with theirs:
            command = [sys.executable, "-m", "tests.warm", str(theirs.fileno())]
            self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])
        atexit.register(self._end)

    def _end(self):
        self._socket.close()
        self._process.wait()

    def start(self, wish, fds):
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(wish).encode()], fds)
            while True:
                told = self._hear(None)
                if "started" in told:
                    return told["started"]

    def code_of(self, pid, timeout):
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            left = max(0.0, end - time.monotonic())
            with self._lock:  # for a moment only: another thread may want to start something
                told = self._hear(min(left, 0.05))
                if pid in self._codes:
                    return self._codes.pop(pid)
            if not told and not left:
                return None

    def _hear(self, timeout):
        if not select.select([self._socket], [], [], timeout)[0]:
            return None
        told = self._socket.recv(LONGEST)
        assert told, "the process that starts others has ended"
        told = json.loads(told)
        if "ended" in told:
            self._codes[told["ended"]] = told["code"]
        return told


@functools.cache
def _nursery():
    return Nursery()


def serve(control):
    """Fork for every wish; tell who ended. Ends, and leaves nobody behind, when nobody wishes any more."""
    running = set[int]()
    sys.path.insert(0, str(ROOT))
    for name in SCRIPTS + MODULES:
        __import__(name)
    gc.collect()
    gc.freeze()
    ended, ring = os.pipe()
    for fd in (ended, ring):
        os.set_blocking(fd, False)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever wishes decides what ends
    while True:
        ready = select.select([control, ended], [], [])[0]
        if ended in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(ended, 4096)
            _bury(control, running)
        if control in ready:
            wish, fds, _, _ = socket.recv_fds(control, LONGEST, 3)
            if not wish:
                for pid in running:
                    os.kill(pid, signal.SIGKILL)
                return
            wait, ready = os.pipe()
            pid = os.fork()
            if pid == 0:
                control.close()
                _become(json.loads(wish), fds, ready)
            running.add(pid)
            for fd in [*fds, ready]:
                os.close(fd)
            os.read(wait, 1)  # returns when the child is the leader of its group, or dead
            os.close(wait)
            control.send(json.dumps({"started": pid}).encode())


def _bury(control, running):
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            running.discard(pid)
            told = {"ended": pid, "code": os.waitstatus_to_exitcode(status)}
            with contextlib.suppress(OSError):
                control.send(json.dumps(told).encode())


def _become(wish, fds, ready):
    """Be the program that was wished for, and end as the interpreter would."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if wish["session"]:
            os.setsid()
        for number, fd in enumerate(fds):
            os.dup2(fd, number)
        os.closerange(3, ready + 1)
        sys.stdin = open(0)  # noqa: SIM115
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
        os.environ.clear()
        os.environ.update(wish["env"])
        os.chdir(wish["cwd"])
        random.seed()
        code = _run(wish["words"])
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        for end in (threading._shutdown, atexit._run_exitfuncs, sys.stdout.flush, sys.stderr.flush):
            with contextlib.suppress(Exception):
                end()
        os._exit(code)


def _run(words):
    try:
        if words[0] == "-m":
            sys.argv = words[1:]
            sys.modules.pop(words[1], None)  # it runs once more, under its other name
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = words
            runpy.run_path(str(ROOT / words[0]), run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    return 0


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
