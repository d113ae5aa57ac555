"""A crash storm: notifiers that are killed while they send, and what the provider has in the end."""

import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from tests.scenarios.paging import Behaviour, Count, PagerHome, Twilio, count


@dataclass(frozen=True)
class Storm:
    """What a storm left behind.

    Attributes:
        kills: how many processes were ended; ``looked_up``: how many sends were settled by asking.
        drained: seconds from the last start until everything was sent and settled.
    """

    alerts: int
    kills: int
    count: Count
    drained: float
    looked_up: int
    stops: tuple[float, ...]


def crash_storm(
    folder: Path,
    *,
    kills: int,
    alerts: int,
    behaviour: Behaviour,
    seed: int,
    can_list: bool = True,
    sign: signal.Signals = signal.SIGKILL,
    patience: float = 60.0,
) -> Storm:
    """Write ``alerts`` tickets over ``kills`` lives of a notifier, each ended at an unlucky moment.

    Most deaths come within a quarter of a second after new tickets, when files are read, rows committed and
    requests under way; the others anywhere, also while a new process settles what the last one left.
    """
    draw = random.Random(seed)
    twilio = Twilio(behaviour)
    home = PagerHome(folder, twilio)
    stops = []
    try:
        first = home.start()
        home.until_awake(first)  # what is there before the very first start is old news
        home.kill(first)
        if not can_list:
            twilio.refuse_lists()
        for life in range(kills):
            run = home.start()
            share = (life + 1) * alerts // kills - len(home.written)
            if draw.random() < 0.75:
                home.until_awake(run)
                home.write(share)
                time.sleep(draw.uniform(0.0, 0.25))
            else:
                home.write(share)
                time.sleep(draw.uniform(0.05, 1.5))
            began = time.monotonic()
            if sign is signal.SIGKILL:
                home.kill(run)
            else:
                run.send_signal(sign)
                run.wait(15)
            stops.append(time.monotonic() - began)
        home.until_awake(home.start())
        drained = home.drain(patience=patience)
        return Storm(
            alerts=len(home.written),
            kills=kills,
            count=count(home.written, twilio.texts),
            drained=drained,
            looked_up=home.printed.count("the notifier ended while it was on its way"),
            stops=tuple(stops),
        )
    finally:
        home.end()
        twilio.end()
