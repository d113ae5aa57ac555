"""A listener with real HTTP in front of a home of tests."""

import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from deskwatch.config import Home, LiveConfig
from deskwatch.config.listener import ListenerSettings
from deskwatch.door.listener import Listener

SECRET = "a-secret-of-tests-4711"
ENV = {"HOOK_SECRET": SECRET, "FRESHSERVICE_API_KEY": "demo", "ATERA_API_KEY": "demo"}


def write_config(home: Home, name: str, content: Any) -> None:
    """One file of config/ (JSON is YAML)."""
    path = home.config / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")


class DoorDesk:
    """A home, the listener in front of it, and a client."""

    def __init__(self, home: Path, **files: Any) -> None:
        self.home = Home(home)
        for name, content in files.items():
            self.write(name, content)
        self.live = LiveConfig(self.home, env=ENV, needs=("deskwatch", "sources"))
        self.nudges: list[tuple[str, tuple[str, ...]]] = []
        self.wakes = 0
        settings = self.live.current.watcher.listener or ListenerSettings()
        self.listener = Listener(
            lambda: self.live.current,
            settings.model_copy(update={"port": 0}),
            nudge=self._nudged,
            wake=self._woken,
        )
        self._stack = ExitStack()

    def write(self, name: str, content: Any) -> None:
        """One file of config/ (JSON is YAML)."""
        write_config(self.home, name, content)

    def change(self, name: str, content: Any) -> None:
        """Edit a file of config/ while everything runs."""
        self.write(name, content)
        assert self.live.refresh(now_please=True), self.live.problems

    def ask(self, method: str, place: str, **how: Any) -> requests.Response:
        """One request."""
        return requests.request(method, self.listener.url + place, timeout=10, **how)

    def post(self, place: str, **how: Any) -> requests.Response:
        """One post."""
        return self.ask("POST", place, **how)

    def _nudged(self, source: str, ids: Iterable[str]) -> None:
        self.nudges.append((source, tuple(ids)))

    def _woken(self) -> None:
        self.wakes += 1

    def __enter__(self) -> "DoorDesk":
        self._stack.enter_context(self.listener)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
