"""Webhooks as helpdesks post them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.door.door_desk import SECRET, DoorDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorDesk]:
    """One source for each way to prove a post."""

    def source(**push: Any) -> dict[str, Any]:
        return {
            "kind": "freshservice",
            "base_url": "http://127.0.0.1:9",
            "push": {"secret": "env:HOOK_SECRET", **push},
        }

    sources = {
        "fs": source(),
        "signed": source(proof="hmac", header="X-Hub-Signature-256", prefix="sha256="),
        "pathed": source(proof="path"),
        "quiet": {"kind": "freshservice", "base_url": "http://127.0.0.1:9"},
    }
    with DoorDesk(tmp_path_factory.mktemp("door"), sources=sources) as desk:
        yield desk


def test_a_post_with_the_secret_is_taken_at_once_and_names_its_ticket(desk: DoorDesk) -> None:
    answer = desk.post("/hooks/fs", json={"ticket_id": "#INC-103"}, headers={"X-Deskwatch-Secret": SECRET})
    assert (answer.status_code, answer.json()) == (202, {"accepted": True, "ticket": "103"})
    assert desk.nudges[-1] == ("fs", ("103",))
