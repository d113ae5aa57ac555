"""All programs together under one supervisor, and which programs these are."""

import logging
import os
import shlex
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from deskwatch import cli, logs
from deskwatch.beside import DEMO_URL, demo_port
from deskwatch.child import Program
from deskwatch.clock import monotonic, utc_now
from deskwatch.config import CLONE, Home, LiveConfig
from deskwatch.console import Console, ConsoleStream
from deskwatch.daemon import Loop, QueueBell
from deskwatch.store.heartbeat import read_heartbeat
from deskwatch.store.lock import OneOf
from deskwatch.supervisor import Supervisor
from deskwatch.web.listening import Listening, prepare
from deskwatch.welcome import Part, Welcome

log = logging.getLogger("deskwatch")
DEMO_PATIENCE = 10.0
"""Seconds the watcher is held back until the simulated helpdesk answers."""


def run(home: Home, *, host: str | None, port: int | None) -> None:
    """Everything that ``start.py`` starts, until it is told to stop.

    Raises:
        ConfigError: the configuration cannot be used. UsageError: the wall cannot listen there.
        LockHeldError: it runs already. Nothing was started then.
    """
    live = LiveConfig(home, needs=())
    with OneOf(home.state / "supervisor.lock"):
        place = prepare(live.current, host=host, port=port, now=utc_now())
        home.tickets.mkdir(exist_ok=True)
        os.environ[logs.SUPERVISED] = "1"
        console = Console(sys.stdout, prefix=live.current.log.format == "text")
        cli.log_as("deskwatch", live, stream=ConsoleStream(console, "deskwatch"))
        try:
            look_after(home, live, place, console)
        finally:
            console.close()


def look_after(home: Home, live: LiveConfig, place: Listening, console: Console) -> None:
    """The supervisor's loop, and the end of all children when it ends."""
    bell = QueueBell()
    supervisor = Supervisor(
        Lineup(home, live, place),
        console=console,
        bell=bell,
        heartbeat=home.state / "supervisor.json",
        pid=os.getpid(),
        settings_stamp=partial(settings_stamp, live),
    )
    welcome = Welcome(
        place.url,
        host=place.host,
        port=place.port,
        tls=place.certificate is not None,
        parts=lambda: parts(supervisor.children(), home),
    )

    def step(now: datetime) -> float:
        live.refresh()
        wait = supervisor.tick(now)
        if words := welcome.words():
            announce(words)
        return wait if welcome.done else min(wait, 0.25)

    announce = console.say if live.current.log.format == "text" else log.info
    at_terminal = sys.stdout.isatty()

    def reload() -> None:
        if at_terminal and not sys.stdout.isatty():
            loop.stop()  # this SIGHUP means that the window was closed
        else:
            live.refresh(now_please=True)
            supervisor.ask_to_reload()

    loop = Loop(step, name="supervisor", bell=bell, reload=reload, grace=10.0)
    try:
        loop.run()
    finally:
        supervisor.shut_down(hurry=loop.asked_twice)
        log.info("Everything has stopped.")


def parts(children: Mapping[str, Mapping[str, Any]], home: Home) -> tuple[Part, ...]:
    """How the programs beside the wall stand: a heartbeat of the very process that runs now proves one up."""
    found = []
    for name, script in (("watcher", "ticket_watcher.py"), ("notifier", "notifier.py")):
        child = children.get(name, {})
        beats = (read_heartbeat(home.state / f"{name}{more}.json") or {} for more in ("", "-standby"))
        up = child.get("pid") is not None and child["pid"] in [beat.get("pid") for beat in beats]
        words = [
            sys.executable,
            str(CLONE / script),
            *([] if home.path == CLONE else ["--home", str(home)]),
            "check",
        ]
        found.append(Part(name, up, str(child.get("last_exit") or ""), shlex.join(words)))
    return tuple(found)


class Lineup:
    """Which programs run under the current configuration."""

    def __init__(self, home: Home, live: LiveConfig, place: Listening) -> None:
        self._home, self._live = ("--home", str(home)), live
        self._address = ("--host", place.host, "--port", str(place.port))
        self._demo_port = demo_port(home.state)
        self._watcher_waits_until = monotonic() + DEMO_PATIENCE

    def __call__(self) -> Iterator[Program]:
        """The simulated helpdesk comes first, the watcher once it answers: no run starts with a complaint."""
        env = {}
        if self._needs_demo():
            env = {DEMO_URL: f"http://127.0.0.1:{self._demo_port}"}
            yield self._python("demo", "-m", "deskwatch.demo", "--port", str(self._demo_port))
        if not env or self._demo_answers():
            yield self._python("watcher", str(CLONE / "ticket_watcher.py"), env=env)
        yield self._python("notifier", str(CLONE / "notifier.py"))
        yield self._python("gui", str(CLONE / "gui.py"), *self._address)

    def _needs_demo(self) -> bool:
        sources = self._live.current.sources.values()
        return DEMO_URL not in os.environ and any(s.kind == "demo" and s.base_url is None for s in sources)

    def _demo_answers(self) -> bool:
        if monotonic() < self._watcher_waits_until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._demo_port), timeout=0.2):
                self._watcher_waits_until = 0.0
        return monotonic() >= self._watcher_waits_until

    def _python(self, name: str, *words: str, env: Mapping[str, str] | None = None) -> Program:
        return Program(name, (sys.executable, *words, *self._home), env or {})


def settings_stamp(live: LiveConfig) -> tuple[object, ...]:
    """Changes when somebody edits the configuration or puts a secret in its place."""
    found = []
    for path in sorted(live.current.files):
        with suppress(OSError):
            about = path.stat()
            found.append((path, about.st_mtime_ns, about.st_size))
    return tuple(found)
