"""SMS through the real SDK, against a Twilio with a memory."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch.channels.channel import Answerable, DeliveryError, Traceable
from deskwatch.channels.sms import text_with_code
from deskwatch.core.delivery import Receipt
from deskwatch.core.gsm7 import segments
from deskwatch.demo import twilio_faults as faults
from deskwatch.demo.twilio_state import API_KEY, API_SECRET, SENDER, SERVICE_SID
from deskwatch.errors import UsageError
from deskwatch.settings import Secret
from tests.channels.certificates import certificate
from tests.channels.contract import ChannelContract, World, failure_of
from tests.channels.twilio_world import (
    ANA,
    BEN,
    FAULTS,
    OUTCOMES,
    TwilioWorld,
    open_twilio,
)


class TestContract(ChannelContract):
    kind = "sms"
    medium = "short"
    address = ANA
    failures = OUTCOMES

    def open(self, folder: Path) -> AbstractContextManager[World]:
        return open_twilio("sms")


@pytest.fixture
def world() -> Iterator[TwilioWorld]:
    with open_twilio("sms") as world:
        yield world


def find(world: TwilioWorld, code: str = "K7Q2", **changes: Any) -> Receipt | None:
    found: Receipt | None = world.channel.find(world.page(code, **changes), now=world.clock.now)
    return found


def test_a_page_is_sent_and_neither_number_nor_text_is_logged(
    world: TwilioWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "deskwatch")
    receipt = world.channel.send(world.page())
    (message,) = world.twilio.messages
    assert (message.to, message.sender, message.body) == (ANA, SENDER, "URGENT FS-1 Mail is down [K7Q2]")
    assert message.validity == 900
    assert receipt == Receipt(state="sent", provider_id=message.sid, status="queued", segments=1)
    assert message.sid in caplog.text
    assert ANA not in caplog.text
    assert "Mail is down" not in caplog.text


def test_it_can_be_traced_and_answered(world: TwilioWorld) -> None:
    assert isinstance(world.channel, Traceable)
    assert isinstance(world.channel, Answerable)


@pytest.mark.parametrize("how", FAULTS)
def test_what_is_found_afterwards_is_what_was_accepted(how: str, world: TwilioWorld) -> None:
    world.twilio.faults.add(FAULTS[how]())
    failure_of(world.channel, world.page())
    accepted = [message.sid for message in world.twilio.messages]
    found = find(world)
    assert ([found.provider_id] if found else []) == accepted
    assert FAULTS[how]().accepts == bool(accepted)


def test_a_429_says_how_long_to_stay_away(world: TwilioWorld) -> None:
    for header, seconds in (
        ("7", 7.0),
        (None, 1.0),
        ("soon", 1.0),
        ("86400", 60.0),
        ("-3", 1.0),
        ("nan", 1.0),
    ):
        world.twilio.faults.add(faults.too_many_requests(header))
        assert failure_of(world.channel, world.page()).retry_after == seconds


def test_the_pause_of_one_thread_is_not_told_to_another(world: TwilioWorld) -> None:
    for number in range(30):
        world.twilio.faults.add(faults.too_many_requests(str(number + 2)), to=f"+120255502{number:02}")
    with ThreadPoolExecutor(30) as pool:
        pages = [world.page(to=f"+120255502{number:02}") for number in range(30)]
        failures = list(pool.map(lambda page: failure_of(world.channel, page), pages))
    assert [failure.retry_after for failure in failures] == [float(number + 2) for number in range(30)]


def test_thirty_threads_send_thirty_texts(world: TwilioWorld) -> None:
    codes = [f"C{number:03}" for number in range(30)]
    with ThreadPoolExecutor(30) as pool:
        receipts = list(pool.map(lambda code: world.channel.send(world.page(code)), codes))
    by_sid = {message.sid: message.body for message in world.twilio.messages}
    assert [by_sid[receipt.provider_id][-5:-1] for receipt in receipts] == codes


def test_a_connection_that_was_never_made_sent_nothing() -> None:
    with open_twilio("sms") as world, open_twilio("sms", base_url=f"https{world.twilio.url[4:]}") as tls:
        failure = failure_of(tls.channel, tls.page())
    assert failure.kind == "transient"
    assert failure.words == "Twilio: the other side does not speak TLS."


def test_over_tls_everything_is_the_same() -> None:
    trusted = certificate()
    with open_twilio("sms", tls=trusted.server_context(), ca_file=trusted.chain) as world:
        world.channel.send(world.page("AAAA"))
        world.channel.send(world.page("BBBB"))
        for how, kind in (("dropped after", "unknown"), ("silence", "unknown"), ("drips", "unknown")):
            world.fail(how)
            assert failure_of(world.channel, world.page()).kind == kind, how
        assert find(world, "BBBB") is not None
        world.channel.close()


def test_a_certificate_nobody_signed_is_a_matter_for_the_admin() -> None:
    with open_twilio("sms", tls=certificate().server_context()) as world:
        failure = failure_of(world.channel, world.page())
        assert failure.kind == "broken"
        assert failure.words == "Twilio: its certificate is not accepted; see base_url and ca_file."
        assert world.twilio.messages == []


def test_a_ca_file_that_is_not_there_is_named() -> None:
    with (
        pytest.raises(UsageError, match=r"ca_file /nowhere/ca\.pem cannot be used"),
        open_twilio(ca_file="/nowhere/ca.pem"),
    ):
        pass


def test_codes_are_explained_in_words(world: TwilioWorld) -> None:
    said = {}
    for code in (20003, 21211, 21408, 21606, 21608, 21610, 21612, 21614):
        world.twilio.faults.add(faults.refused(401 if code == 20003 else 400, code))
        failure = failure_of(world.channel, world.page())
        said[code] = failure.words
        assert failure.code == str(code)
    assert "do not belong together" in said[20003]
    assert "does not exist" in said[21211]
    assert "does not permit" in said[21612]
    assert "trial account" in said[21608]
    assert "STOP" in said[21610]
    assert "not a mobile" in said[21614]
    assert all(f"({code})" in words for code, words in said.items())


def test_words_of_twilio_are_told_without_phone_numbers(world: TwilioWorld) -> None:
    world.fail("400 never heard of")
    failure = failure_of(world.channel, world.page())
    assert failure.words.startswith("Twilio: it does not accept this (29999).")
    assert failure.words.endswith('Something about (number) is odd"')


def test_only_what_is_known_to_be_about_the_number_counts_against_it(world: TwilioWorld) -> None:
    lasting = {}
    for how in ("400 invalid number", "400 STOP", "400 as a problem", "400 never heard of"):
        world.fail(how)
        lasting[how] = failure_of(world.channel, world.page()).lasting
    assert list(lasting.values()) == [True, True, True, False]


@pytest.mark.parametrize(
    ("number", "code", "kind"),
    [("+15005550001", "21211", "permanent"), ("+15005550003", "21408", "permanent")],
)
def test_numbers_that_always_fail_do(world: TwilioWorld, number: str, code: str, kind: str) -> None:
    failure = failure_of(world.channel, world.page(to=number))
    assert (failure.code, failure.kind) == (code, kind)


def test_somebody_without_a_number_is_passed_over(world: TwilioWorld) -> None:
    failure = failure_of(world.channel, world.page(to=""))
    assert failure.kind == "permanent"
    assert failure.words == "ana has no phone number for under-test in people.yaml."
    assert world.twilio.requests == []


def test_nothing_is_found_while_the_list_lags_and_then_it_is() -> None:
    with open_twilio("sms", switches={"list_lag": 5}) as world:
        page = world.page()
        world.channel.send(page)
        assert world.channel.find(page, now=world.clock.now) is None
        world.clock.pass_(seconds=6)
        assert world.channel.find(page, now=world.clock.now) is not None


def test_a_text_that_still_waits_at_twilio_is_found(world: TwilioWorld) -> None:
    world.channel.send(world.page())
    found = find(world)
    assert found is not None
    assert found.status == "queued"


def test_the_code_of_a_reply_or_of_another_person_is_not_taken_for_the_page(world: TwilioWorld) -> None:
    world.twilio.reply(ANA, "what is [K7Q2]?")
    world.channel.send(world.page(to=BEN))
    assert find(world) is None


def test_a_page_is_found_behind_hundreds_of_others(world: TwilioWorld) -> None:
    world.channel.send(world.page())
    sent_at = world.clock.now
    for number in range(250):
        world.twilio.state.accept_message(
            to=ANA, sender=SENDER, body=f"other [{number:04}]", service=None, content_sid=None, validity=900
        )
    world.clock.pass_(minutes=5)
    found = world.channel.find(world.page().with_(created_at=sent_at), now=world.clock.now)
    assert found is not None
    assert len([r for r in world.twilio.requests if r.method == "GET"]) == 3


def test_the_search_ends_where_older_pages_begin(world: TwilioWorld) -> None:
    for number in range(450):
        world.twilio.state.accept_message(
            to=ANA, sender=SENDER, body=f"old [{number:04}]", service=None, content_sid=None, validity=900
        )
    world.clock.pass_(hours=1)
    assert find(world) is None
    assert len(world.twilio.requests) == 1


@pytest.mark.parametrize("hours", [3, -3])
def test_a_clock_that_is_wrong_by_hours_finds_its_page(hours: int) -> None:
    with open_twilio("sms", we_are_ahead=timedelta(hours=hours)) as world:
        ours = world.clock.now + timedelta(hours=hours)
        page = world.page().with_(created_at=ours, tried_at=ours)
        world.channel.send(page)
        world.clock.pass_(seconds=30)
        world.twilio.reply(ANA, "ack")
        assert world.channel.find(page, now=ours) is not None
        (reply,) = world.channel.replies(since=ours)
        assert reply.at == ours + timedelta(seconds=30)


def test_delivery_is_proven_by_asking(world: TwilioWorld) -> None:
    sid = world.channel.send(world.page()).provider_id
    world.clock.pass_(seconds=1)
    assert world.channel.status(sid).state == "sent"
    world.clock.pass_(seconds=5)
    assert world.channel.status(sid).state == "delivered"


@pytest.mark.parametrize(
    ("final", "code", "kind", "words"),
    [
        ("undelivered", 30003, "transient", "switched off"),
        ("undelivered", 30005, "permanent", "no longer in use"),
        ("undelivered", 30006, "permanent", "landline"),
        ("undelivered", 30007, "permanent", "spam"),
        ("undelivered", 30034, "broken", "10DLC"),
        ("failed", 30001, "transient", "ran over"),
        ("failed", 39999, "permanent", "no reason we know"),
        ("canceled", None, "permanent", "canceled"),
    ],
)
def test_a_text_that_was_lost_says_why(
    world: TwilioWorld, final: str, code: int | None, kind: str, words: str
) -> None:
    world.twilio.fate(ANA, final, code)
    sid = world.channel.send(world.page()).provider_id
    world.clock.pass_(seconds=5)
    receipt = world.channel.status(sid)
    assert (receipt.state, receipt.status) == ("failed", final)
    assert receipt.failure is not None
    assert receipt.failure.kind == kind
    assert receipt.failure.lasting == (code not in (30007, 39999, None))
    assert words in receipt.failure.words


def test_of_two_with_the_same_code_the_better_one_counts(world: TwilioWorld) -> None:
    world.twilio.fate(ANA, "undelivered", 30003)
    world.channel.send(world.page())
    world.twilio.state.fates.clear()
    second = world.channel.send(world.page(repeat=True))
    world.clock.pass_(seconds=9)
    found = find(world)
    assert found is not None
    assert (found.state, found.provider_id) == ("delivered", second.provider_id)


def test_replies_come_in_order_and_none_is_older_than_asked(world: TwilioWorld) -> None:
    world.twilio.reply(ANA, "old")
    world.clock.pass_(minutes=10)
    since = world.clock.now
    for who, text in ((ANA, "ack k7q2"), (BEN, "what?")):
        world.clock.pass_(seconds=20)
        world.twilio.reply(who, text)
    world.channel.send(world.page())
    replies = world.channel.replies(since=since)
    assert [(reply.sender, reply.text) for reply in replies] == [(ANA, "ack k7q2"), (BEN, "what?")]
    assert all(isinstance(reply.at, datetime) and reply.at.tzinfo for reply in replies)


def test_a_reply_around_midnight_is_not_lost() -> None:
    with open_twilio("sms") as world:
        world.clock.now = datetime.fromisoformat("2026-03-10T23:59:50+00:00")
        world.twilio.reply(ANA, "ack")
        world.clock.pass_(seconds=20)
        berlin = datetime.fromisoformat("2026-03-11T00:59:40+01:00")
        assert [reply.text for reply in world.channel.replies(since=berlin)] == ["ack"]


def test_stop_makes_the_next_page_permanently_refused(world: TwilioWorld) -> None:
    world.twilio.reply(ANA, "stop")
    assert failure_of(world.channel, world.page()).code == "21610"
    assert [reply.text for reply in world.channel.replies(since=world.clock.now)] == ["stop"]


def test_a_messaging_service_chooses_the_sender() -> None:
    with open_twilio("sms", sender=None, messaging_service_sid=SERVICE_SID, segments=3) as world:
        receipt = world.channel.send(world.page(text="Mail is down. " * 20 + "[K7Q2]"))
        assert (receipt.status, receipt.segments) == ("accepted", 2)
        (message,) = world.twilio.messages
        assert (message.service, message.sender) == (SERVICE_SID, None)
        world.twilio.reply(ANA, "ack")
        assert [reply.text for reply in world.channel.replies(since=world.clock.now)] == ["ack"]


def test_an_api_key_is_enough() -> None:
    with open_twilio("sms", auth_token=None, api_key=API_KEY, api_secret=Secret(API_SECRET)) as world:
        world.channel.send(world.page())
        assert world.channel.check() == "Twilio accepts the API key for the account that ends in de5c"
        assert {request.authorization for request in world.twilio.requests} == {API_KEY}


def test_the_check_tells_wrong_tokens_suspended_accounts_and_trials() -> None:
    with open_twilio("sms", auth_token=Secret("wrong-token")) as world:
        with pytest.raises(DeliveryError, match="do not belong together") as caught:
            world.channel.check()
        assert "wrong-token" not in repr(caught.value)
    with open_twilio("sms") as world:
        assert world.channel.check() == "Twilio accepts the token for the account that ends in de5c"
        world.twilio.switches.trial_numbers = frozenset({BEN})
        assert world.channel.check().endswith("it is a trial, which reaches verified numbers only")
        assert failure_of(world.channel, world.page()).code == "21608"
        world.twilio.switches.suspended = True
        with pytest.raises(DeliveryError, match="suspended"):
            world.channel.check()


def test_asking_fails_softly(world: TwilioWorld) -> None:
    for how in ("500", "a portal", "a list", "an empty object", "truncated", "429 without", "dropped before"):
        for ask in (lambda: find(world), lambda: world.channel.replies(since=world.clock.now)):
            world.twilio.faults.add(FAULTS[how](), method="GET")
            with pytest.raises(DeliveryError) as caught:
                ask()
            assert caught.value.failure.kind == "transient", how
    odd = b'{"messages": [{"direction": 7, "from": null, "date_created": [], "sid": null}]}'
    for body in (
        odd,
        odd.replace(b"7", b'"outbound-api", "body": 5'),
        b'{"messages": 3}',
        b'{"messages": {"a": 1}}',
    ):
        world.twilio.faults.add(faults.garbage(body, status=200), method="GET")
        with pytest.raises(DeliveryError, match="not what it should be"):
            find(world)


def test_the_longest_text_is_one_segment_and_keeps_its_code(world: TwilioWorld) -> None:
    text = "“Müller’s” printer — " + "on fire " * 60 + "[K7Q2]"
    receipt = world.channel.send(world.page(text=text))
    (message,) = world.twilio.messages
    assert message.body.startswith('"Müller\'s" printer - on fire')
    assert message.body.endswith("on... [K7Q2]") or message.body.endswith("fire... [K7Q2]")
    assert (segments(message.body), receipt.segments) == (1, 1)
    assert len(text_with_code(text, "K7Q2", 3)) > 400
    assert segments(text_with_code(text, "K7Q2", 3)) <= 3
    assert text_with_code("Mail is down", "K7Q2") == "Mail is down [K7Q2]"


def test_a_region_in_the_environment_does_not_bend_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    with open_twilio("sms") as world:
        assert world.channel.send(world.page()).state == "sent"
