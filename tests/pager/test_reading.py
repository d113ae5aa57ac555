from itertools import count
from pathlib import Path

import pytest

from deskwatch.pager.reading import Reading
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import Wake


def reading(folder: Path, *, look_takes: float) -> Reading:
    """A reading whose clock moves by so many seconds each time it is asked."""
    (folder / "tickets").mkdir()
    ticks = count()
    made = Reading(TicketMirror(TicketFolder(folder / "tickets")), clock=lambda: next(ticks) * look_takes)
    made.read(Wake(rescan=True))
    return made


@pytest.mark.parametrize(("seconds", "interval"), [(0.01, 15), (0.5, 50), (5, 60)])
def test_full_looks_take_up_one_per_cent_of_the_time_at_most(
    tmp_path: Path, seconds: float, interval: float
) -> None:
    one = reading(tmp_path, look_takes=seconds)
    assert one.rescan_interval(15) == 15
    one.read(Wake(rescan=True))
    assert one.rescan_interval(15) == interval


def test_an_admin_who_wants_fewer_full_looks_gets_fewer(tmp_path: Path) -> None:
    one = reading(tmp_path, look_takes=0.5)
    one.read(Wake(rescan=True))
    assert one.rescan_interval(600) == 600
