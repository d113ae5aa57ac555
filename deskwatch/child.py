"""One program that the supervisor runs: started apart, listened to, stopped with everything it started."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deskwatch.console import Console
from deskwatch.daemon import PARENT_PIPE
from deskwatch.logs import SUPERVISED

LONGEST_LINE = 16_384
_HARD = getattr(signal, "SIGKILL", signal.SIGTERM)


@dataclass(frozen=True)
class Program:
    """What to run. ``env`` is added to our own environment."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A program that has been started. Its output goes to the console, line by line, under its name.

    Its stdin is a pipe that only we hold open: when we die, even by ``kill -9``, it reads the end of the file
    and stops (``daemon.follow_parent``). Ctrl-C in the terminal reaches only us, since it is in a process
    group of its own.
    """

    def __init__(self, program: Program, console: Console, on_end: Callable[[], None]) -> None:
        """Start it.

        Raises:
            OSError: it could not even be started.
        """
        self.program = program
        apart: dict[str, int] = {"process_group": 0}
        if os.name == "nt":
            apart = {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            program.command,
            env={**os.environ, "PYTHONUNBUFFERED": "1", PARENT_PIPE: "stdin", SUPERVISED: "1", **program.env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **apart,  # type: ignore[call-overload]
        )
        self.pid = self._process.pid
        self._console, self._on_end = console, on_end
        threading.Thread(target=self._listen, name=f"listen-{program.name}", daemon=True).start()

    def exit_code(self) -> int | None:
        """None while it runs; afterwards its exit code, negative for a signal. Ends what it left behind."""
        if self._process.returncode is None and self._has_ended():
            self._kill_group()  # before it is reaped, so that the number cannot belong to anybody else yet
        code = self._process.poll()
        if code is not None and self._process.stdin:
            self._process.stdin.close()
        return code

    def ask_to_stop(self) -> None:
        """SIGTERM, or Ctrl-Break on Windows."""
        self._send(signal.SIGTERM if os.name != "nt" else getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))

    def ask_to_reload(self) -> None:
        """SIGHUP, where there is one; elsewhere the child notices changed files by itself."""
        if hasattr(signal, "SIGHUP"):
            self._send(signal.SIGHUP)

    def kill(self) -> None:
        """End it and everything it started, also when it is stopped or hangs."""
        if self._process.returncode is None:
            self._kill_group()

    def wait(self, timeout: float) -> bool:
        """Whether it has ended within ``timeout`` seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self.exit_code() is not None

    def _send(self, number: int) -> None:
        if self.exit_code() is None:
            with contextlib.suppress(OSError):
                self._process.send_signal(number)

    def _has_ended(self) -> bool:
        if not hasattr(os, "waitid"):
            return False
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return False

    def _kill_group(self) -> None:
        if os.name == "nt":
            command = ["taskkill", "/T", "/F", "/PID", str(self.pid)]
            subprocess.run(command, capture_output=True, timeout=10, check=False)
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, _HARD)

    def _listen(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        with stdout:
            while line := stdout.readline(LONGEST_LINE):
                self._console.line(self.program.name, line.decode("utf-8", "replace"))
        self._on_end()


def exit_words(code: int) -> str:
    """An exit code as an admin reads it: ``killed by SIGKILL``, ``exit 2 (configuration)``."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
        return f"killed by signal {-code}"
    meanings = {0: "ended by itself", 2: "configuration", 3: "lock held", 4: "unreachable"}
    return f"exit {code} ({meanings[code]})" if code in meanings else f"exit {code}"
