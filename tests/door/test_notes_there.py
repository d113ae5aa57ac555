"""A note by the API for a ticket of a helpdesk goes there, where the admin allows it."""

import threading
from datetime import timedelta
from pathlib import Path

from deskwatch.clock import monotonic, utc_now
from deskwatch.config import Home
from deskwatch.demo import create_helpdesk, serve
from tests.door.door_desk import write_config
from tests.door.own_desk import OwnDesk


def test_a_note_is_handed_on_to_freshservice_once_in_the_name_of_its_writer(tmp_path: Path) -> None:
    helpdesk = create_helpdesk(started_at=utc_now(), clock=utc_now, tickets=0)
    ticket = helpdesk.create_ticket("Phone is mute", created_at=utc_now() - timedelta(hours=3))
    write_config(Home(tmp_path), "alerts", {"mode": "live"})
    with serve(helpdesk) as server:
        fs = {"kind": "freshservice", "base_url": server.url, "write_back": {"note": True}}
        with OwnDesk(tmp_path, sources={"fs": fs}) as desk:
            place = f"/api/tickets/fs-{ticket.id}/"
            until = monotonic() + 10
            while not desk.get(place).ok and monotonic() < until:
                threading.Event().wait(0.05)
            key = {"Idempotency-Key": "once"}
            answers = [
                desk.post(place + "notes/", {"text": "Called them."}, by="ana", headers=key) for _ in range(2)
            ]
            assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
            notes = [
                message for message in helpdesk.conversation(ticket.id) if "Called them." in message.text
            ]
            assert len(notes) == 1
            assert "ana" in notes[0].text
            assert notes[0].kind == "note"
