"""From the helpdesk to the phone nothing is lost and nothing told twice, whichever process dies when."""

import sys
from pathlib import Path

import pytest

from tests.scenarios.desk_storm import desk_storm
from tests.scenarios.paging import Behaviour

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="kills process groups"),
    pytest.mark.timeout(240),
]


@pytest.mark.parametrize(("behaviour", "seed"), [("completes", 1)])
def test_every_ticket_is_told_once_though_watcher_and_notifier_die_at_random(
    tmp_path: Path, behaviour: Behaviour, seed: int
) -> None:
    storm = desk_storm(tmp_path / "home", kills=6, tickets=18, behaviour=behaviour, seed=seed)
    assert (storm.count.lost, storm.count.doubled) == ([], {})
    assert min(storm.kills.values()) == 6
