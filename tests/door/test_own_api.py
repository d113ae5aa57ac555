"""The API for own tickets, over real HTTP, with the watcher at work."""

from collections.abc import Iterator

import pytest

from tests.door.own_desk import OwnDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnDesk]:
    """Own tickets, and one ticket of a helpdesk."""
    with OwnDesk(tmp_path_factory.mktemp("own")) as desk:
        yield desk


def test_a_ticket_is_made_read_changed_and_deleted_at_the_paths_of_the_predecessor(desk: OwnDesk) -> None:
    made = desk.post("/api/tickets/", {"subject": "Beamer is dark", "priority": "high"})
    assert made.status_code == 201, made.text
    place = made.headers["Location"]
    assert made.json()["number"] == "NDB-0001"
    assert desk.get(place).json()["subject"] == "Beamer is dark"
