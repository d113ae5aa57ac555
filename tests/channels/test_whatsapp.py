"""WhatsApp through the real SDK, against a Twilio that knows the 24 hours."""

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from deskwatch.channels.channel import Answerable, DeliveryError, Traceable
from deskwatch.demo import twilio_faults as faults
from deskwatch.demo.twilio_state import SENDER, SERVICE_SID, TEMPLATE_SID
from tests.channels.contract import ChannelContract, World, failure_of
from tests.channels.twilio_world import ANA, IN_SHORT, open_twilio

TEMPLATE = {"content_sid": TEMPLATE_SID}


class TestContract(ChannelContract):
    kind = "whatsapp"
    medium = "chat"
    address = ANA
    failures = IN_SHORT

    def open(self, folder: Path) -> AbstractContextManager[World]:
        return open_twilio("whatsapp")


def test_somebody_who_wrote_lately_gets_free_text() -> None:
    with open_twilio("whatsapp", template=TEMPLATE) as world:
        world.channel.send(world.page())
        (message,) = world.twilio.messages
        assert (message.to, message.sender) == (f"whatsapp:{ANA}", f"whatsapp:{SENDER}")
        assert (message.body, message.content_sid) == ("URGENT FS-1 Mail is down [K7Q2]", None)
        assert message.validity == 900


def test_one_question_about_the_last_word_is_enough_for_a_day() -> None:
    with open_twilio("whatsapp") as world:
        for code in ("AAAA", "BBBB", "CCCC"):
            world.channel.send(world.page(code))
        assert [request.method for request in world.twilio.requests] == ["GET", "POST", "POST", "POST"]


def test_after_24_hours_the_template_is_filled_in() -> None:
    with open_twilio("whatsapp", template=TEMPLATE) as world:
        world.clock.pass_(hours=23, minutes=55)
        world.channel.send(world.page(facts={"number": "FS-1"}))
        (message,) = world.twilio.messages
        assert message.content_sid == TEMPLATE_SID
        assert message.body == "Deskwatch [K7Q2] FS-1: URGENT FS-1 Mail is down [K7Q2]"


def test_without_a_template_the_failure_says_what_is_missing() -> None:
    with open_twilio("whatsapp") as world:
        world.clock.pass_(days=2)
        failure = failure_of(world.channel, world.page())
        assert (failure.kind, failure.lasting) == ("permanent", False)
        assert "wrote nothing for 24 hours" in failure.words
        assert "channels.under-test.template" in failure.words
        assert world.twilio.messages == []


def test_a_reply_opens_the_window_again_without_a_question() -> None:
    with open_twilio("whatsapp") as world:
        world.clock.pass_(days=2)
        world.twilio.reply(f"whatsapp:{ANA}", "ack k7q2")
        replies = world.channel.replies(since=world.clock.now)
        assert [(reply.sender, reply.text) for reply in replies] == [(ANA, "ack k7q2")]
        world.channel.send(world.page())
        assert [request.method for request in world.twilio.requests] == ["GET", "POST"]


def test_variables_have_no_breaks_and_are_never_empty() -> None:
    variables = {"1": "code", "2": "nothing_like_that", "3": "text"}
    with open_twilio("whatsapp", template={**TEMPLATE, "variables": variables}) as world:
        world.clock.pass_(days=2)
        world.channel.send(world.page(text="Mail\nis\tdown      now [K7Q2]"))
        assert world.arrived() == ["Deskwatch [K7Q2] -: Mail is down now [K7Q2]"]


@pytest.mark.parametrize("length", [10, 400, 495, 520, 3000])
@pytest.mark.parametrize("days", [0, 2])
def test_a_long_text_never_costs_the_code_by_which_it_is_found(length: int, days: int) -> None:
    template = {**TEMPLATE, "variables": {"1": "number", "2": "subject", "3": "text"}}
    with open_twilio("whatsapp", template=template) as world:
        world.clock.pass_(days=days)
        page = world.page(text=f"{'x' * length} [K7Q2]", subject="Mail is down")
        world.channel.send(page)
        assert isinstance(world.channel, Traceable)
        assert world.channel.find(page.with_(created_at=world.clock.now), now=world.clock.now) is not None
        assert "[K7Q2]" in world.arrived()[0]


def test_when_nobody_can_tell_the_last_word_the_template_is_taken() -> None:
    with open_twilio("whatsapp", template=TEMPLATE) as world:
        world.twilio.faults.add(faults.server_error(), method="GET")
        world.channel.send(world.page())
        (message,) = world.twilio.messages
        assert message.content_sid == TEMPLATE_SID
    with open_twilio("whatsapp") as world:
        world.twilio.faults.add(faults.server_error(), method="GET")
        assert failure_of(world.channel, world.page()).kind == "transient"
        assert world.twilio.messages == []


def test_free_text_that_came_too_late_is_sent_again_as_a_template() -> None:
    with open_twilio("whatsapp", template=TEMPLATE) as world:
        world.twilio.fate(f"whatsapp:{ANA}", "failed", 63016)
        sid = world.channel.send(world.page()).provider_id
        world.clock.pass_(seconds=5)
        receipt = world.channel.status(sid)
        assert receipt.failure is not None
        assert (receipt.state, receipt.failure.kind) == ("failed", "transient")


def test_text_and_template_are_found_by_their_code() -> None:
    with open_twilio("whatsapp", template=TEMPLATE) as world:
        assert isinstance(world.channel, Traceable)
        assert isinstance(world.channel, Answerable)
        free = world.channel.send(world.page("AAAA")).provider_id
        world.clock.pass_(days=2)
        filled = world.channel.send(world.page("BBBB")).provider_id
        for code, sid in (("AAAA", free), ("BBBB", filled), ("CCCC", None)):
            page = world.page(code).with_(created_at=world.page().created_at.replace(day=10))
            found = world.channel.find(page, now=world.clock.now)
            assert (found.provider_id if found else None) == sid


def test_a_messaging_service_works_too() -> None:
    with open_twilio("whatsapp", sender=None, messaging_service_sid=SERVICE_SID) as world:
        assert world.channel.send(world.page()).status == "accepted"


def test_a_sender_that_is_not_registered_is_a_matter_for_the_admin() -> None:
    with open_twilio("whatsapp", sender="+12025550199", template=TEMPLATE) as world:
        failure = failure_of(world.channel, world.page())
        assert (failure.kind, failure.code) == ("broken", "63007")


def test_the_check_works() -> None:
    with open_twilio("whatsapp") as world:
        assert world.channel.check().startswith("Twilio accepts")
        world.twilio.faults.add(faults.refused(401, 20003), method="GET")
        with pytest.raises(DeliveryError, match="20003"):
            world.channel.check()
