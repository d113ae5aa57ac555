"""The shipped file for Request Tracker, against a real Request Tracker 5 that this module starts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch.config import Home, load
from deskwatch.core.ticket import Phase, Priority
from deskwatch.sources.http_client import Timeouts
from deskwatch.sources.rest.source import RestSource
from deskwatch.sources.source import SourceError
from tests.sources.contract import Bench, Folder
from tests.sources.request_tracker import MISSING, Tracker, running

pytestmark = pytest.mark.skipif(MISSING is not None, reason=MISSING or "")

PRESET = Path("deskwatch/sources/rest/presets/request-tracker.yaml")
NEW_YORK, UTC_ZONE = "America/New_York", "UTC"


class Now(Bench):
    """Real time: Request Tracker has no other."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pass_(self, seconds: float) -> None:
        raise NotImplementedError

    source = create = rename = resolve = reopen = delete = pass_  # type: ignore[assignment]


@pytest.fixture(scope="module")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    """One for all tests: it takes a few seconds to start."""
    with running(tmp_path_factory.mktemp("rt")) as tracker:
        yield tracker


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the file goes."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "config" / "sources.d").mkdir(parents=True)
    (folder / "config" / "sources.yaml").write_text("{}\n", "utf-8")
    return folder


def source_of(rt: Tracker, home: Path, *, zone: str = NEW_YORK, token: str | None = None) -> RestSource:
    """A source as an admin would get it: the shipped file with address, zone and token of this desk."""
    text = PRESET.read_text("utf-8")
    told = text.replace("base_url: https://rt.example.com", f"base_url: {rt.url}")
    told = told.replace("zone: UTC", f"zone: {zone}")
    assert rt.url in told
    assert f"zone: {zone}" in told
    (home / "config" / "sources.d" / "rt.yaml").write_text(told, "utf-8")
    config = load(Home(home), env={"RT_TOKEN": token or rt.token}, needs=("sources",))
    settings: Any = config.sources["rt"]
    return RestSource("rt", settings, timeouts=Timeouts(connect=5, read=20, total=60))


@pytest.fixture(scope="module")
def folder(rt: Tracker, home: Path) -> Iterator[Folder]:
    """A watcher that has read everything."""
    source = source_of(rt, home)
    yield Folder(source, Now()).poll()
    source.close()


def test_tickets_come_with_everything_a_wall_shows(rt: Tracker, folder: Folder) -> None:
    assert set(folder.subjects().values()) >= {"Printer is out", "Mail is late", "Door is stuck"}
    ticket = folder.stored["rt-1"]
    assert (ticket.number, ticket.status.name, ticket.phase) == ("1", "new", Phase.OPEN)
    assert ticket.priority is Priority.HIGH
    assert ticket.agent is None  # Request Tracker says Nobody
    assert ticket.resolution_due_at is None  # and 1970
    assert ticket.agent_responded_at is None
    assert ticket.resolved_at is None
    assert ticket.requester is not None
    assert (ticket.requester.id, ticket.requester.email) == ("ben@example.com", "ben@example.com")
    assert ticket.group is not None
    assert ticket.group.name == "General"
    assert ticket.url == f"{rt.url}/Ticket/Display.html?id=1"
    assert ticket.created_at is not None
    assert abs(datetime.now(UTC) - ticket.created_at) < timedelta(minutes=10)
    assert folder.source.report().unmapped == ()
    assert folder.source.report().notes == ()


def test_a_change_is_seen_in_one_poll_although_the_user_lives_in_another_zone(
    rt: Tracker, folder: Folder
) -> None:
    due = "2026-12-01 12:00:00"  # in the zone of the user root, which is UTC
    rt.change("2", Subject="Mail is lost", Priority="95", Owner="ana", Due=due)
    source: Any = folder.source
    source._api.asked.clear()
    folder.poll()
    ticket = folder.stored["rt-2"]
    assert (ticket.subject, ticket.priority) == ("Mail is lost", Priority.URGENT)
    assert ticket.agent is not None
    assert (ticket.agent.id, ticket.agent.name) == ("ana", "Ana")
    assert ticket.resolution_due_at == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert not any("__Active__" in request for request in source._api.asked)  # no complete list was needed
    assert folder.poll().writes == 0


def test_a_zone_that_does_not_match_is_noticed_and_no_change_is_lost(
    rt: Tracker, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskwatch.sources.rest.source._JUST_NOW", timedelta(seconds=-5))
    source = source_of(rt, home, zone="Asia/Kolkata")
    folder = Folder(source, Now()).poll()
    rt.change("3", Subject="Door is open")
    source._complete_at -= 60  # a minute later
    folder.poll()
    assert folder.subjects()["3"] == "Door is open"
    assert any("changes.since.zone" in note for note in source.report().notes)
    source.close()


def test_an_answer_to_the_requestor_and_a_resolution_are_seen(rt: Tracker, folder: Folder) -> None:
    id_ = rt.create("Screen is dark", Requestor="ben@example.com")
    folder.poll()
    rt.call("POST", f"ticket/{id_}/correspond", {"Content": "On my way", "ContentType": "text/plain"})
    folder.poll()
    assert folder.stored[f"rt-{id_}"].agent_responded_at is not None
    rt.change(id_, Status="stalled")
    folder.poll()
    assert folder.stored[f"rt-{id_}"].phase is Phase.ON_HOLD
    rt.change(id_, Status="resolved")
    folder.poll()
    assert folder.archived == {id_: "resolved"}
    rt.change(id_, Status="open")
    folder.poll()
    assert id_ in folder.subjects()


def described(rt: Tracker, folder: Folder, content: str, kind: str) -> str:
    """What a ticket with such a beginning has as its description."""
    id_ = rt.create("What happened?", Content=content, ContentType=kind, Requestor="ben@example.com")
    rt.call("POST", f"ticket/{id_}/comment", {"Content": "A later note", "ContentType": "text/plain"})
    folder.poll()
    return folder.stored[f"rt-{id_}"].description


def test_a_description_is_what_was_written_when_the_ticket_was_made(rt: Tracker, folder: Folder) -> None:
    text = "Grüße,\nthe <door> of ben <ben@example.com> squeaks."
    assert described(rt, folder, text, "text/plain") == text
    page = "<p>The door <b>squeaks</b>.</p><p>Büro&nbsp;3</p>"
    assert described(rt, folder, page, "text/html").split() == ["The", "door", "squeaks.", "Büro", "3"]
    assert folder.stored["rt-1"].description == ""  # made without a word
    assert folder.source.report().notes == ()


def test_a_deleted_ticket_leaves_after_it_was_asked_for(rt: Tracker, folder: Folder) -> None:
    id_ = rt.create("Nothing at all")
    folder.poll()
    assert id_ in folder.subjects()
    rt.change(id_, Status="deleted")
    folder.poll()
    folder.list()
    assert folder.archived[id_]
    assert "1" in folder.subjects()


def test_one_ticket_and_the_own_check_work(rt: Tracker, folder: Folder) -> None:
    assert folder.source.raw("1", now=datetime.now(UTC))["Subject"] == "Printer is out"
    findings = folder.source.check(now=datetime.now(UTC))
    assert all(finding.ok for finding in findings), findings
    with pytest.raises(SourceError) as caught:
        folder.source.raw("999", now=datetime.now(UTC))
    assert caught.value.kind == "not_found"


def test_a_wrong_token_is_told_and_loses_nothing(rt: Tracker, home: Path, folder: Folder) -> None:
    source = source_of(rt, home, token="1-14-0123456789abcdef0123456789abcdef")
    for ask in (source.list_open, lambda **more: source.fetch(folder.cursor, **more)):
        with pytest.raises(SourceError) as caught:
            ask(known=folder.stored, now=datetime.now(UTC))
        assert caught.value.kind == "auth"
        assert "config/sources.d/rt.yaml" in caught.value.words
        assert "0123456789abcdef" not in caught.value.words
        assert caught.value.progress is None or not caught.value.progress.gone
    source.close()


def test_more_tickets_than_a_page_come_although_the_size_is_capped_silently(rt: Tracker, home: Path) -> None:
    rt.multiply("1", 130)
    source = source_of(rt, home)
    source._settings.details.clear()  # 130 tickets without a beginning
    source._settings.tickets.paging.__dict__.update(size=500, pages=None)  # RT serves 100 and does not say so
    folder = Folder(source, Now()).poll()
    assert len(folder.stored) > 130
    assert folder.list().writes == 0
    source.close()
