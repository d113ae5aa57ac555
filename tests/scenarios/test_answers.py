"""Whoever answers a text message hears what came of it, and the others hear who has taken it."""

from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.store.errors import StoreError
from tests.pager.night import ANA, BEN, HOUR, TUESDAY_NOON, TWILIO, Night
from tests.pager.provider import TracedChannel

MAIL_TOO = "escalations: {on-call: {steps: [{notify: [oncall, ben]}, {after: 30m, notify: [next]}]}}"

HERS = "#1 is yours. Nobody else will be called before 06:02."


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """Ana was called for an urgent ticket two minutes ago."""
    night = Night(tmp_path)
    night.ticket("demo-1")
    night.run(minutes=2)
    assert night.who("sms") == ["ana"]
    return night


def answers(night: Night, person: str = "ana") -> list[str]:
    """What a person was told by text message, but for the first page and without the codes."""
    return [text.partition("] ")[2] for text in night.told("sms", person) if "Reply" not in text]


def test_who_takes_a_ticket_by_text_message_hears_that_it_is_hers(night: Night) -> None:
    night.reply(ANA, night.code())
    night.run(minutes=2)
    assert answers(night) == [HERS]
    assert night.who("voice") == []


def test_when_nobody_has_to_look_again_the_answer_says_so(tmp_path: Path) -> None:
    night = Night(
        tmp_path,
        alerts="escalations: {on-call: {steps: [{notify: [oncall]}], acknowledgement_lapses: never}}",
    )
    night.ticket("demo-1")
    night.run(minutes=2)
    night.reply(ANA, "ok")
    night.run(minutes=2)
    assert answers(night) == ["#1 is yours. Nobody else will be called."]


def test_who_is_not_understood_hears_it_with_the_code_that_would_be_and_the_next_is_called(
    night: Night,
) -> None:
    code = night.code()
    night.reply(ANA, "I can't, I am in the tunnel")
    night.run(minutes=2)
    assert answers(night) == [f"Not understood. To take #1 answer {code}."]
    night.reply(ANA, "ZZ9Z")
    night.run(minutes=2)
    assert answers(night)[1:] == [f"No message has that code. To take #1 answer {code}."]
    night.run(minutes=8)
    assert "ben" in night.who("sms")


def test_who_comes_too_late_hears_who_has_it(night: Night) -> None:
    night.run(minutes=10)
    night.reply(BEN, night.code())
    night.run(minutes=2)
    night.reply(ANA, "ok")
    night.run(minutes=2)
    assert answers(night, "ben") == ["#1 is yours. Nobody else will be called before 06:12."]
    [told] = answers(night)
    assert told.startswith("#1 was taken by Ben 02:1")
    night.resolve("demo-1")
    night.run(minutes=2)
    night.reply(ANA, "ack all")
    night.run(minutes=2)
    assert answers(night)[-1] == "#1 is over. You need not do anything."


@pytest.mark.parametrize("word", ["STOP", "start", "Help", "INFO", "yes"])
def test_words_that_the_carrier_answers_get_no_answer_of_ours(night: Night, word: str) -> None:
    night.reply(ANA, word)
    night.run(minutes=3)
    assert answers(night) == []


def test_strangers_and_our_own_number_get_no_answer(tmp_path: Path) -> None:
    night = Night(tmp_path)
    people = (night.home.config / "people.yaml").read_text()
    night.config("people", people.replace(BEN, "+12025550143"))  # a slip: the number we send from
    night.live.refresh(now_please=True)
    night.ticket("demo-1")
    night.run(minutes=12)
    for number in ("+12025550199", "+12025550143"):
        night.reply(number, "who is this?")
        night.reply(number, night.code())
    night.run(minutes=3)
    assert answers(night, "ben") == []
    assert {each.person for each in night.providers["sms"].accepted} == {"ana", "ben"}


def test_thanks_are_not_answered_and_take_nothing(night: Night) -> None:
    first = night.code()
    night.ticket("demo-2")
    night.run(minutes=2)
    night.reply(ANA, first)
    night.run(minutes=2)
    told = len(night.who("sms"))
    assert answers(night)[-1].startswith("#1 is yours")
    night.reply(ANA, "ok")
    night.run(minutes=2)
    assert night.states("demo-2")["after_hours"] == "open", "she meant the answer"
    assert len(night.who("sms")) == told
    night.wish(op="ack", all=True, by="mia")
    night.run(minutes=2)
    night.reply(ANA, "thank you very much")
    night.run(minutes=2)
    assert len(night.who("sms")) == told, "nothing waits for her, so nothing was misunderstood"


def test_an_answer_that_overtakes_her_ack_of_the_next_ticket_does_not_swallow_it(night: Night) -> None:
    night.reply(ANA, night.code())
    night.ticket("demo-2")
    night.run(minutes=3)
    last = [text.partition("] ")[2] for text in night.told("sms", "ana")][-2:]
    assert "#2" in last[0]
    assert last[1] == HERS, "the answer came after the page"
    night.reply(ANA, "ack")
    night.run(minutes=2)
    assert night.states("demo-2")["after_hours"] == "acknowledged"
    assert answers(night)[-1].startswith("#2 is yours")


def test_an_ack_means_the_last_page_also_after_the_clock_was_set_back(night: Night) -> None:
    night.reply(ANA, night.code())
    night.run(minutes=5)
    night.now -= 5 * HOUR
    night.run(minutes=5)
    night.ticket("demo-2")
    night.run(minutes=4)
    assert "#2" in night.told("sms", "ana")[-1]
    night.reply(ANA, "ack")
    night.run(minutes=3)
    assert night.states("demo-2")["after_hours"] == "acknowledged"


def test_a_machine_that_acks_everything_is_answered_once(night: Night) -> None:
    for _ in range(6):
        night.reply(ANA, "ack")
        night.run(minutes=2)
    assert answers(night) == [HERS]


def test_a_machine_that_answers_everything_is_not_answered_for_ever(night: Night) -> None:
    for _ in range(12):
        told = len(night.who("sms"))
        night.reply(ANA, "I am driving and read your message later")
        night.run(seconds=40)
        assert len(night.who("sms")) - told <= 1
    assert sum("Not understood" in text for text in answers(night)) <= 2
    assert night.states("demo-1")["after_hours"] == "open"


def test_a_person_is_answered_no_more_than_configured(tmp_path: Path) -> None:
    night = Night(tmp_path, alerts="acknowledgement: {confirm_most: 1}\nlimits: {ladders: {sms: []}}")
    for number in (1, 2):
        night.ticket(f"demo-{number}")
        night.run(minutes=2)
        night.reply(ANA, night.code())
        night.run(minutes=2)
    assert answers(night) == [HERS]
    assert night.states("demo-2")["after_hours"] == "acknowledged"


def test_nobody_is_answered_when_it_is_switched_off(tmp_path: Path) -> None:
    night = Night(tmp_path, alerts="acknowledgement: {confirm: false, tell_others: never}")
    night.ticket("demo-1")
    night.run(minutes=12)
    night.reply(ANA, "ok")
    before = night.messages
    night.run(minutes=5)
    assert night.messages == before
    assert night.states("demo-1")["after_hours"] == "acknowledged"


def test_an_answer_is_given_once_though_the_process_dies_at_each_step(night: Night) -> None:
    night.reply(ANA, night.code())
    for _ in range(8):
        night._advance(timedelta(seconds=16))
        night.notifier.tick(night.now)  # what it asked and sent is on its way when it dies
        if night.lanes.jobs:
            night.lanes.run(most=1)
        night.restart(after=timedelta(seconds=1))
    night.run(minutes=5)
    assert answers(night) == [HERS]
    night.restart(after=timedelta(seconds=1))
    night.run(minutes=5)
    assert len(answers(night)) == 1


def test_an_answer_is_never_told_together_with_something_else_nor_to_somebody_else(night: Night) -> None:
    night.reply(ANA, night.code())
    night.ticket("demo-2")
    night.run(minutes=4)
    assert HERS in answers(night)
    assert any("#2" in text and "Reply" in text for text in night.told("sms", "ana"))
    assert night.who("mail") == []


def test_an_answer_that_cannot_be_sent_calls_nobody_instead(night: Night) -> None:
    night.reply(ANA, night.code())
    night.providers["sms"].mishaps.append("invalid")
    night.run(minutes=10)
    assert (night.who("sms"), night.who("voice"), night.told("mail", "ana")) == (["ana"], [], [])
    assert "is yours" not in " ".join(night.told("mail")), (
        "the admin hears of the number, and of nothing else"
    )


def test_an_answer_that_two_channels_of_one_account_list_is_answered_once(tmp_path: Path) -> None:
    second = f'  other: {{kind: sms, {TWILIO}, sender: "+12025550144"}}'
    night = Night(tmp_path, alerts=second, slept=True)
    night.channels["other"] = TracedChannel(night.providers["sms"])
    night.run(seconds=30)
    night.ticket("demo-1")
    night.run(minutes=2)
    night.reply(ANA, night.code())
    night.run(minutes=5)
    assert answers(night) == [HERS]


# The others


def test_the_others_who_were_called_hear_by_mail_who_has_taken_it_once(tmp_path: Path) -> None:
    night = Night(tmp_path, alerts=MAIL_TOO)
    night.ticket("demo-1")
    night.run(minutes=2)
    night.reply(BEN, night.code())
    night.run(minutes=1)
    night.restart()
    night.run(minutes=10)
    assert night.who("mail") == ["ana"]
    assert "taken by Ben" in night.told("mail", "ana")[0]
    assert len(night.told("sms", "ana")) == 1, "a text message would cost, and wake her again"


def test_the_others_hear_it_though_the_database_was_away_when_it_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = Night(tmp_path, alerts=MAIL_TOO)
    night.ticket("demo-1")
    night.run(minutes=2)

    def away(*_: object, **__: object) -> None:
        raise StoreError("the database cannot be used: it is away")

    with monkeypatch.context() as patch:
        for name in ("notifications_of", "commit"):
            patch.setattr(night.notifier.outbox, name, away)
        night.wish(op="ack", all=True, by="ben")
        night.notifier.tick(night.now)
        night.notifier.tick(night.now)
    night.run(minutes=5)
    assert night.states("demo-1")["after_hours"] == "acknowledged"
    assert night.who("mail") == ["ana"]


def test_work_in_the_helpdesk_is_told_to_the_others_and_not_to_who_does_it(tmp_path: Path) -> None:
    night = Night(tmp_path, alerts=MAIL_TOO)
    night.ticket("demo-1")
    night.run(minutes=2)
    night.assign("demo-1", "20", "Benjamin K.")
    night.run(minutes=10)
    assert night.who("mail") == ["ana"]
    assert "taken by Benjamin K." in night.told("mail", "ana")[0]


def test_a_rule_may_have_it_told_by_the_channel_that_told_of_it(tmp_path: Path) -> None:
    rule = "rules: [{id: new, on: [after_hours], urgency: urgent, escalation: on-call, tell_others: same}]"
    night = Night(tmp_path, alerts=f"{MAIL_TOO}\n{rule}")
    night.ticket("demo-1")
    night.run(minutes=2)
    night.wish(op="ack", all=True, by="mia")
    night.run(minutes=2)
    assert sorted(night.who("sms")) == ["ana", "ana", "ben", "ben"]
    assert all("taken by Mia" in text for text in night.told("sms")[2:])
    assert night.who("mail") == []


def test_news_of_the_day_that_somebody_takes_is_told_to_nobody(tmp_path: Path) -> None:
    night = Night(tmp_path, TUESDAY_NOON, alerts="rules: [{id: new, on: [created], escalation: all}]\n"
                  "escalations: {all: {steps: [{notify: [ana, ben]}]}}")  # fmt: skip
    night.ticket("demo-1")
    night.run(minutes=2)
    assert sorted(night.who("mail")) == ["ana", "ben"]
    night.assign("demo-1", "20", "Ben")
    night.run(minutes=10)
    assert len(night.who("mail")) == 2


def test_quiet_hours_and_wishes_are_kept_and_tomorrow_it_is_no_news(tmp_path: Path) -> None:
    night = Night(tmp_path, alerts=MAIL_TOO)
    people = (night.home.config / "people.yaml").read_text()
    night.config("people", people.replace("{name: Ana,", "{name: Ana, unwanted: [taken],"))
    night.live.refresh(now_please=True)
    night.ticket("demo-1")
    night.run(minutes=2)
    night.wish(op="ack", all=True, by="ben")
    night.run(minutes=10)
    assert night.who("mail") == []


def test_an_ok_by_text_message_means_the_page_and_not_the_mail_that_came_after_it(tmp_path: Path) -> None:
    digest = 'digests: [{id: night, notify: [ana], at: "02:02"}]'
    night = Night(tmp_path, alerts=digest)
    night.ticket("demo-1")
    night.run(minutes=2, seconds=30)
    assert night.who("mail") == ["ana"]
    night.reply(ANA, "ok")
    night.run(minutes=1)
    assert night.states("demo-1")["after_hours"] == "acknowledged"


def test_trouble_with_the_desk_that_an_admin_takes_is_told_to_the_others_with_what_it_is(
    tmp_path: Path,
) -> None:
    night = Night(tmp_path)
    people = (night.home.config / "people.yaml").read_text()
    night.config("people", people.replace("admins: [mia]", "admins: [mia, ben]"))
    night.live.refresh(now_please=True)
    night.watcher_beats = None
    night.run(minutes=15)
    night.wish(op="ack", all=True, by="mia")
    night.run(minutes=2)
    assert "taken by Mia: watcher silent" in night.told("mail", "ben")[-1]


def test_who_wants_no_answers_gets_none(tmp_path: Path) -> None:
    night = Night(tmp_path)
    people = (night.home.config / "people.yaml").read_text()
    night.config("people", people.replace("{name: Ana,", "{name: Ana, unwanted: [answer],"))
    night.live.refresh(now_please=True)
    night.ticket("demo-1")
    night.run(minutes=2)
    night.reply(ANA, night.code())
    night.run(minutes=3)
    assert answers(night) == []
    assert night.states("demo-1")["after_hours"] == "acknowledged"
