"""``gui.py light``: looks at the board, and tells file, webhooks and lamp when the light changes."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from deskwatch.clock import monotonic
from deskwatch.core.light import COLOURS, Light
from deskwatch.core.ticket import format_instant
from deskwatch.light.lamp_desk import LampDesk
from deskwatch.light.luxafor import Flag
from deskwatch.light.webhook import LightWebhook
from deskwatch.store.atomic import write_atomic
from deskwatch.store.codec import encode_object
from deskwatch.store.errors import StoreError

log = logging.getLogger(__name__)

BLINK, STROBE = 0.6, 0.1
"""Seconds between on and off. The program switches, not the lamp, so that all lamps do the same."""
RETRY = 2.0
"""Seconds until a lamp or a file that failed is tried again."""
PARTING = 1.0
"""Seconds a webhook gets at the end to take the last light."""

STOPPED = Light(COLOURS["off"], "solid", "stale", "gui.py light was stopped")


class LightRunner:
    """The step of the loop, and what is done at its end."""

    def __init__(
        self,
        desk: LampDesk,
        board_id: str,
        *,
        file: Path | None,
        webhooks: Sequence[LightWebhook] = (),
        flag: Flag | None = None,
        interval: float,
    ) -> None:
        """``interval``: seconds between two looks when nothing happens."""
        self._desk, self._board_id = desk, board_id
        self._file, self._webhooks, self._flag = file, webhooks, flag
        self._interval = interval
        self._light: Light | None = None
        self._due = 0.0
        self._unwritten: Mapping[str, object] | None = None
        self._write_due = 0.0
        self._lit = True

    def step(self, now: datetime) -> float:
        """Look, tell what changed, and blink; answers the seconds until the next step."""
        light = self._desk.light(now)
        if light != self._light:
            self._light = light
            log.info("%s: %s, %s", self._board_id, _words(light), light.reason)
            self._announce(light, now)
        self._write()
        waits = [self._interval, *self._shine(light)]
        if self._unwritten is not None:
            waits.append(RETRY)
        coming = self._desk.seconds_to_next_change(now)
        return min(waits if coming is None else [*waits, coming])

    def finish(self, now: datetime) -> None:
        """Lamp off; file and webhooks say that nobody looks any more."""
        if self._flag is not None:
            self._flag.close()
        if self._light is not None:
            self._announce(STOPPED, now)
            self._write()
        self.part()

    def part(self, patience: float = PARTING) -> bool:
        """Give each webhook so many seconds to take the last light; say whether all took it, and the file."""
        taken = [webhook.close(patience) for webhook in self._webhooks]
        return all(taken) and self._unwritten is None

    def _announce(self, light: Light, now: datetime) -> None:
        said = {"board": self._board_id, **light.to_dict(), "since": format_instant(now)}
        self._unwritten, self._write_due = said, 0.0
        for webhook in self._webhooks:
            webhook.post(said)

    def _write(self) -> None:
        if self._unwritten is None or self._file is None:
            self._unwritten = None
            return
        if monotonic() < self._write_due:
            return
        try:
            write_atomic(self._file, encode_object(self._unwritten), durable=False)
        except StoreError as problem:
            log.warning("%s; trying again.", problem)
            self._write_due = monotonic() + RETRY
        else:
            self._unwritten = None

    def _shine(self, light: Light) -> list[float]:
        """Set the lamp; answers when it has to be set again."""
        if self._flag is None:
            return []
        every = {"blink": BLINK, "strobe": STROBE}.get(light.mode)
        if every is None:
            self._lit, self._due = True, 0.0
        elif monotonic() >= self._due:
            self._lit = not self._lit
            self._due = monotonic() + every
        shown = self._flag.show(light.colour if self._lit else COLOURS["off"])
        if not shown:
            return [RETRY]
        return [] if every is None else [max(self._due - monotonic(), 0.01)]


def _words(light: Light) -> str:
    names = {colour: name for name, colour in COLOURS.items()}
    return f"{names.get(light.colour, str(light.colour))} {light.mode}"
