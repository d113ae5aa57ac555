"""Calls through the real SDK, against a Twilio that reads what they would say."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from deskwatch.channels.channel import Answerable, Traceable
from deskwatch.channels.twilio_settings import VoiceSettings
from deskwatch.channels.voice import Voice, twiml_of
from deskwatch.demo.twilio_state import SENDER
from tests.channels.contract import ChannelContract, World, failure_of
from tests.channels.twilio_world import ANA, BEN, FAULTS, IN_SHORT, TwilioWorld, open_twilio, settings_for


class TestContract(ChannelContract):
    kind = "voice"
    medium = "speech"
    address = ANA
    failures = IN_SHORT

    def open(self, folder: Path) -> AbstractContextManager[World]:
        return open_twilio("voice")


@pytest.fixture
def world() -> Iterator[TwilioWorld]:
    with open_twilio("voice") as world:
        yield world


def test_a_call_says_its_text_twice(world: TwilioWorld) -> None:
    receipt = world.channel.send(world.page(text="Ticket 1 & 2 <are> late. Code K 7 Q 2"))
    (call,) = world.twilio.calls
    assert (call.to, call.sender, call.ring) == (ANA, SENDER, 40)
    response = ElementTree.fromstring(call.twiml)
    assert [part.tag for part in response] == ["Pause", "Say", "Pause", "Say"]
    assert {say.text for say in response.findall("Say")} == {"Ticket 1 & 2 <are> late. Code K 7 Q 2"}
    assert {say.get("language") for say in response.findall("Say")} == {"en-US"}
    assert (receipt.state, receipt.status, receipt.provider_id) == ("sent", "queued", call.sid)


def test_language_voice_and_ringing_are_configured() -> None:
    with open_twilio("voice", language="de-DE", voice="Polly.Vicki", ring_timeout="25s") as world:
        world.channel.send(world.page())
        (call,) = world.twilio.calls
        assert call.ring == 25
        assert '<Say language="de-DE" voice="Polly.Vicki">' in call.twiml


@pytest.mark.parametrize("text", ["a" * 9000, "&" * 9000, "<\x00\ud800>" * 900])
def test_any_text_fits_into_a_call(text: str) -> None:
    twiml = twiml_of(text, language="en-US", voice=None)
    assert 400 < len(twiml) <= 4000
    assert ElementTree.fromstring(twiml).tag == "Response"


@pytest.mark.parametrize("how", [*IN_SHORT, "dropped before", "truncated", "a portal"])
def test_what_is_found_afterwards_is_what_was_accepted(how: str, world: TwilioWorld) -> None:
    world.twilio.faults.add(FAULTS[how]())
    page = world.page()
    failure_of(world.channel, page)
    accepted = [call.sid for call in world.twilio.calls]
    found = world.channel.find(page, now=world.clock.now)
    assert ([found.provider_id] if found else []) == accepted


def test_calls_a_minute_apart_are_not_taken_for_each_other(world: TwilioWorld) -> None:
    pages = []
    for code in ("AAAA", "BBBB", "CCCC"):
        page = world.page(code)
        pages.append((page, world.channel.send(page).provider_id))
        world.clock.pass_(minutes=1)
    lost = world.page("DDDD")
    stranger = Voice("after a restart", VoiceSettings(**settings_for(world.twilio.url)), clock=world.clock)
    assert stranger.find(lost, now=world.clock.now) is None
    for page, sid in reversed(pages):
        found = stranger.find(page, now=world.clock.now)
        assert found is not None
        assert found.provider_id == sid
    stranger.close()


def test_a_call_of_which_we_know_whose_it_is_belongs_to_no_other(world: TwilioWorld) -> None:
    world.channel.send(world.page("AAAA"))
    world.fail("dropped before")
    failure_of(world.channel, world.page("BBBB"))
    assert world.channel.find(world.page("BBBB"), now=world.clock.now) is None


def test_a_call_to_somebody_else_or_from_another_number_is_not_ours(world: TwilioWorld) -> None:
    world.channel.send(world.page(to=BEN))
    world.twilio.state.accept_call(to=ANA, sender="+15005550006", twiml="<Response/>", ring=40)
    assert world.channel.find(world.page(), now=world.clock.now) is None


@pytest.mark.parametrize("hours", [3, -3])
def test_a_clock_that_is_wrong_by_hours_finds_its_call(hours: int) -> None:
    with open_twilio("voice", we_are_ahead=timedelta(hours=hours)) as world:
        ours = world.clock.now + timedelta(hours=hours)
        page = world.page().with_(created_at=ours, tried_at=ours)
        world.fail("dropped after")
        failure_of(world.channel, page)
        assert world.channel.find(page, now=ours) is not None


@pytest.mark.parametrize(
    ("final", "state", "kind"),
    [
        ("completed", "delivered", None),
        ("busy", "failed", "transient"),
        ("no-answer", "failed", "transient"),
        ("canceled", "failed", "transient"),
        ("failed", "failed", "permanent"),
    ],
)
def test_a_call_ends(world: TwilioWorld, final: str, state: str, kind: str | None) -> None:
    world.twilio.fate(ANA, final, after=10)
    sid = world.channel.send(world.page()).provider_id
    world.clock.pass_(seconds=5)
    assert world.channel.status(sid).state == "sent"
    world.clock.pass_(seconds=10)
    receipt = world.channel.status(sid)
    assert (receipt.state, receipt.status) == (state, final)
    assert (receipt.failure.kind if receipt.failure else None) == kind


def test_calls_are_traced_but_never_answered(world: TwilioWorld) -> None:
    assert isinstance(world.channel, Traceable)
    assert not isinstance(world.channel, Answerable)
    assert world.channel.check().startswith("Twilio accepts")


def test_numbers_that_cannot_be_called_say_so(world: TwilioWorld) -> None:
    for number, code in (("+15005550001", "21217"), ("+15005550003", "21215")):
        failure = failure_of(world.channel, world.page(to=number))
        assert (failure.kind, failure.code) == ("permanent", code)
