"""A number is one ticket's for ever."""

import json
import shutil
from pathlib import Path

import pytest

from tests.local.own_desk import OwnDesk


@pytest.fixture
def desk(tmp_path: Path) -> OwnDesk:
    """A watcher that runs."""
    return OwnDesk(tmp_path).poll()


def test_numbers_are_never_used_again(desk: OwnDesk) -> None:
    for _ in range(3):
        desk.make()
    desk.say("delete", "NDB-0003")
    shutil.rmtree(desk.home.state)
    shutil.rmtree(desk.home.tickets / "archive")
    desk.start()
    desk.poll()
    assert desk.make().number == "NDB-0004"


def test_a_ticket_file_that_is_broken_keeps_its_number(desk: OwnDesk) -> None:
    desk.make()
    (desk.home.tickets / "desk-1.json").write_text("{", "utf-8")
    shutil.rmtree(desk.home.tickets / ".numbers")
    desk.start()
    assert desk.make().number == "NDB-0002"
    assert (desk.home.tickets / "desk-1.json").read_text("utf-8") == "{"


def test_the_last_number_of_all_is_not_given_twice(desk: OwnDesk) -> None:
    desk.make("the first")
    (desk.home.tickets / ".numbers" / "desk.json").write_text(json.dumps({"last": 10**18 - 2}), "utf-8")
    desk.start()
    assert desk.make("the last").id == str(10**18 - 1)
    refused = desk.say("create", fields={"subject": "one more"})
    assert (refused.code, len(desk.tickets())) == ("conflict", 2)
    assert "no number is left" in refused.reason
