from datetime import timedelta

import pytest

from deskwatch.core.delivery import Failure, Notification, NotificationState
from deskwatch.core.people import Urgency
from deskwatch.pager.delivery import Delivery
from deskwatch.store.outbox import Batch
from tests.pager.provider import Mishap, Pager


@pytest.fixture
def pager() -> Pager:
    return Pager()


def to_ben_by_mail(_notification: Notification, _failure: Failure) -> tuple[str, str]:
    return "ben", "mail"


def test_a_notification_is_recorded_as_sending_before_its_request_leaves(pager: Pager) -> None:
    page = pager.page()
    pager.tick(network=False)
    assert pager.state(page) == "sending"
    assert pager.provider.requests == 0
    pager.tick()
    assert (pager.state(page), pager.provider.count(page.code)) == ("sent", 1)


def test_everything_that_is_due_is_one_commit_and_so_are_all_results(pager: Pager) -> None:
    for person in ("ana", "ben", "mia"):
        pager.page(person)
    before = pager.outbox.commits
    pager.tick(network=False)
    assert pager.outbox.commits == before + 1
    pager.lanes.run()
    pager.tick(network=False)
    assert pager.outbox.commits == before + 2


def test_a_round_with_nothing_to_do_does_not_touch_the_database(pager: Pager) -> None:
    pager.tick()
    before = pager.outbox.commits
    for _ in range(5):
        pager.tick(1)
    assert pager.outbox.commits == before


def test_what_may_not_be_sent_yet_waits_and_says_when_it_is_due(pager: Pager) -> None:
    at = pager.now + timedelta(minutes=5)
    page = pager.page(channel="mail", not_before=at)
    pager.delivery = pager.dispatcher.delivery = Delivery(mode="live", channels=())
    pager.tick()
    assert pager.state(page) == "pending"
    assert pager.dispatcher.next_at(pager.now) == at
    pager.tick(300)
    assert pager.state(page) == "sent"


TABLE: list[tuple[Mishap, float, int]] = [
    # what goes wrong with the first request, seconds until all is well, requests in the end
    ("refused", 5, 2),
    ("429", 5, 2),
    ("lost", 35, 2),
    ("unanswered", 35, 1),
    ("500", 35, 1),
]


@pytest.mark.parametrize(("mishap", "seconds", "requests"), TABLE)
def test_whatever_happens_to_a_request_the_message_is_accepted_once(
    pager: Pager, mishap: Mishap, seconds: float, requests: int
) -> None:
    pager.provider.mishaps.append(mishap)
    page = pager.page()
    pager.run(seconds)
    assert pager.state(page) in ("sent", "delivered")
    assert (pager.provider.count(page.code), pager.provider.requests) == (1, requests)
    assert "may repeat" not in pager.provider.accepted[0].text


@pytest.mark.parametrize("mishap", ["invalid", "stopped", "suspended"])
def test_a_refusal_for_good_is_told_by_the_next_way_in_the_same_round(mishap: Mishap) -> None:
    pager = Pager(way=to_ben_by_mail)
    pager.provider.mishaps.append(mishap)
    page = pager.page()
    pager.tick()
    assert pager.state(page) == "failed"
    assert [message.person for message in pager.provider.accepted] == ["ben"]


def test_a_dead_number_is_remembered_and_a_suspended_account_is_not_the_numbers_fault() -> None:
    pager = Pager(way=to_ben_by_mail)
    pager.provider.mishaps += ["stopped", "suspended"]
    pager.page("ana")
    pager.page("mia")
    pager.tick()
    assert [(dead.person, dead.channel) for dead in pager.outbox.dead] == [("ana", "sms")]


def test_the_failure_and_the_next_way_are_one_transaction() -> None:
    pager = Pager(way=to_ben_by_mail)
    pager.provider.mishaps.append("invalid")
    page = pager.page()
    pager.tick(network=False)
    pager.lanes.run()
    taken = pager.dispatcher.take(pager.now)
    assert [outcome.notification.id for outcome in taken.outcomes] == [page.id]
    assert pager.state(page) == "sending", "a death here would have lost the alert"
    assert pager.dispatcher.take(pager.now).outcomes == taken.outcomes, "it is told until it is learned"
    pager.take()
    assert pager.state(page) == "failed"
    assert pager.dispatcher.take(pager.now).outcomes == ()


def test_an_unknown_outcome_is_looked_up_only_after_its_time_to_settle(pager: Pager) -> None:
    pager.provider.mishaps.append("unanswered")
    page = pager.page()
    pager.tick()
    pager.run(29)
    assert pager.state(page) == "unknown"
    pager.run(2)
    assert pager.state(page) == "delivered"


def test_what_is_not_urgent_settles_longer(pager: Pager) -> None:
    pager.provider.mishaps.append("unanswered")
    page = pager.page(urgency=Urgency.NORMAL)
    pager.run(89)
    assert pager.state(page) == "unknown"
    pager.run(3)
    assert pager.state(page) == "delivered"


def test_the_time_to_settle_is_never_shorter_than_a_request_and_the_lag_of_the_list(pager: Pager) -> None:
    pager.dispatcher.delivery = Delivery(
        mode="live", settle_urgent=timedelta(seconds=1), lag=timedelta(seconds=4)
    )
    pager.provider.mishaps.append("unanswered")
    page = pager.page()
    pager.run(13)
    assert pager.state(page) == "unknown"
    pager.run(3)
    assert pager.state(page) == "delivered"


def test_a_notification_that_settles_holds_up_no_other(pager: Pager) -> None:
    pager.provider.mishaps.append("unanswered")
    pager.page()
    pager.tick()
    later = pager.page("ben")
    pager.tick()
    assert pager.state(later) == "sent"


def test_a_list_that_cannot_be_had_for_three_minutes_means_once_more_and_marked(pager: Pager) -> None:
    pager.provider.mishaps.append("lost")
    pager.provider.can_list = False
    page = pager.page()
    pager.run(30 + 175)
    assert pager.provider.requests == 1
    pager.run(30)
    assert pager.provider.requests == 2
    assert pager.provider.accepted[0].text == f"(may repeat) {page.text}"
    assert pager.row(page).repeat


def test_a_list_that_comes_back_in_time_is_believed(pager: Pager) -> None:
    pager.provider.mishaps.append("unanswered")
    pager.provider.can_list = False
    page = pager.page()
    pager.run(100)
    pager.provider.can_list = True
    pager.run(60)
    assert (pager.state(page), pager.provider.requests) == ("delivered", 1)


def test_mail_with_an_unknown_outcome_is_sent_again_marked_and_once(pager: Pager) -> None:
    pager.provider.mishaps.append("unanswered")
    page = pager.page(channel="mail")
    pager.run(120)
    assert [message.text for message in pager.provider.accepted] == [page.text, f"(may repeat) {page.text}"]
    assert pager.state(page) == "sent"


def test_what_was_on_its_way_when_the_process_died_is_looked_up(pager: Pager) -> None:
    accepted, lost = pager.page("ana"), pager.page("ben")
    pager.tick(network=False)
    pager.lanes.run(most=1)
    pager.restart()
    pager.tick()
    assert [pager.state(accepted), pager.state(lost)] == ["unknown", "unknown"]
    pager.run(35)
    assert [pager.provider.count(accepted.code), pager.provider.count(lost.code)] == [1, 1]


def test_after_a_death_the_time_to_settle_counts_from_the_request(pager: Pager) -> None:
    page = pager.page()
    pager.tick(network=False)
    pager.lanes.run()
    pager.now += timedelta(seconds=25)
    pager.restart()
    pager.run(6)
    assert pager.state(page) == "delivered"


def test_too_many_requests_rest_the_channel_for_as_long_as_it_asks_and_lose_nothing(pager: Pager) -> None:
    pager.provider.mishaps.append("429")
    page = pager.page("ana")
    pager.tick()
    other = pager.page("ben")
    pager.run(2)
    assert pager.provider.requests == 1, "a request inside Retry-After"
    pager.run(3)
    assert [pager.state(page), pager.state(other)] == ["sent", "sent"]


def test_a_provider_that_mostly_says_too_many_gets_everything_in_the_end(pager: Pager) -> None:
    for number in range(30):
        pager.provider.mishaps += ["429", "429", "429", "429"]
        pager.page(f"person-{number}")
    pager.run(600)
    assert len({message.code for message in pager.provider.accepted}) == 30
    assert len(pager.provider.accepted) == 30


def test_the_most_urgent_go_first_when_a_channel_is_crowded(pager: Pager) -> None:
    pager.provider.mishaps.append("429")
    pager.page("first")
    pager.tick()
    for number in range(6):
        pager.page(f"person-{number}", rank=6 - number)
    pager.run(20)
    told = [message.person for message in pager.provider.accepted]
    assert told == ["first", *(f"person-{number}" for number in reversed(range(6)))]


def test_what_is_urgent_does_not_wait_behind_what_is_not_however_long_that_has_been_trying(
    pager: Pager,
) -> None:
    pager.provider.mishaps += ["429"] * 4
    for number in range(4):
        pager.page(f"normal-{number}", urgency=Urgency.NORMAL, rank=100)
    pager.tick()
    pager.page("urgent")
    pager.run(20)
    assert pager.provider.accepted[0].person == "urgent"
    assert len(pager.provider.accepted) == 5


def test_no_more_requests_are_under_way_than_the_channel_has_room_for(pager: Pager) -> None:
    for number in range(40):
        pager.page(f"person-{number}")
    pager.tick(network=False)
    assert sum(lane == "sms" for lane, _ in pager.lanes.jobs) == pager.delivery.width
    pager.tick()
    assert len(pager.provider.accepted) == 40


def under_way(pager: Pager) -> int:
    return sum(lane == "sms" for lane, _ in pager.lanes.jobs)


def test_while_the_provider_cannot_be_asked_messages_leave_one_by_one(pager: Pager) -> None:
    pager.provider.can_list = False
    pager.tick()
    for number in range(5):
        pager.page(f"person-{number}")
    pager.tick(network=False)
    assert under_way(pager) == 1, "a death would leave several of which nobody can say anything"
    pager.tick()
    assert len(pager.provider.accepted) == 5
    pager.provider.can_list = True
    pager.run(16)
    for number in range(5):
        pager.page(f"person-{number}")
    pager.tick(network=False)
    assert under_way(pager) == 5


def test_after_a_death_messages_leave_one_by_one_until_the_provider_has_answered(pager: Pager) -> None:
    pager.page()
    pager.tick(network=False)
    pager.restart()
    for number in range(5):
        pager.page(f"person-{number}")
    pager.tick(network=False)
    assert under_way(pager) == 1
    pager.lanes.run()
    pager.tick(network=False)
    assert under_way(pager) == 4


def test_mail_does_not_wait_for_answers_that_nobody_gives(pager: Pager) -> None:
    pager.page(channel="mail")
    pager.tick(network=False)
    pager.restart()
    for number in range(5):
        pager.page(f"person-{number}", channel="mail")
    pager.tick(network=False)
    assert sum(lane == "mail" for lane, _ in pager.lanes.jobs) == 5


def test_a_refused_connection_is_tried_for_three_minutes_and_then_told_by_the_next_way() -> None:
    pager = Pager(way=to_ben_by_mail)
    pager.provider.mishaps += ["refused"] * 5
    page = pager.page()
    pager.run(240)
    assert pager.state(page) == "failed"
    assert [message.person for message in pager.provider.accepted] == ["ben"]


def test_without_another_way_it_is_tried_on(pager: Pager) -> None:
    pager.provider.mishaps += ["refused"] * 6
    page = pager.page()
    pager.run(900, step=5)
    assert pager.provider.count(page.code) == 1


def test_a_broken_channel_is_left_alone_until_a_look_at_it_succeeds(pager: Pager) -> None:
    pager.sms.healthy = False
    pager.provider.mishaps.append("suspended")
    page = pager.page()
    pager.run(50)
    other = pager.page("ben")
    pager.run(100)
    assert pager.provider.requests == 1
    assert pager.dispatcher.broken_channels == {"sms": "still suspended"}
    pager.sms.healthy = True
    pager.run(400, step=5)
    assert pager.dispatcher.broken_channels == {}
    assert [pager.provider.count(page.code), pager.provider.count(other.code)] == [1, 1]


def test_a_channel_that_is_not_configured_any_more_is_told_by_the_next_way() -> None:
    pager = Pager(way=to_ben_by_mail)
    del pager.channels["sms"]
    page = pager.page()
    pager.tick()
    assert pager.state(page) == "failed"
    assert "not in alerts.yaml" in pager.outcomes[0].failure.words
    assert pager.provider.accepted[0].person == "ben"


def test_a_channel_with_a_mistake_of_its_own_counts_as_an_unknown_outcome(
    pager: Pager, caplog: pytest.LogCaptureFixture
) -> None:
    pager.provider.mishaps.append("nonsense")  # type: ignore[arg-type]
    page = pager.page()
    pager.tick()
    assert pager.state(page) == "unknown"
    pager.run(35)
    assert pager.provider.count(page.code) == 1
    assert "did not say what became of a send" in caplog.text


def test_in_log_mode_nothing_is_sent_and_each_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    pager = Pager(Delivery(mode="log"))
    page = pager.page()
    pager.tick()
    pager.run(60)
    assert (pager.state(page), pager.provider.requests) == ("logged", 0)
    lines = [record.getMessage() for record in caplog.records if "Mail is down" in record.getMessage()]
    assert lines == ["Would tell ana by sms (+1…001): Mail is down [K001]"]


def test_the_log_names_the_provider_and_the_state_but_no_whole_address(
    pager: Pager, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    pager.page()
    pager.run(20)
    assert "[K001] SM0 ana by sms (+1…001) is sent, the provider says queued" in caplog.text
    assert "[K001] SM0 ana by sms (+1…001) is delivered, the provider says delivered" in caplog.text
    assert "+15550100001" not in caplog.text


def test_an_answer_about_what_was_canceled_meanwhile_is_ignored(pager: Pager) -> None:
    pager.provider.mishaps.append("lost")
    page = pager.page()
    pager.run(30)
    pager.tick(1, network=False)
    canceled = pager.row(page).with_(state=NotificationState.CANCELED, finished_at=pager.now)
    pager.record(Batch(settled=[canceled]))
    pager.run(60)
    assert (pager.state(page), pager.provider.requests) == ("canceled", 1)


def test_closing_records_what_is_answered_in_time(pager: Pager) -> None:
    page = pager.page()
    pager.tick(network=False)
    pager.lanes.run()
    pager.dispatcher.close(pager.now)
    assert pager.state(page) == "sent"


def test_the_report_tells_how_old_the_oldest_waiting_page_is(pager: Pager) -> None:
    pager.provider.mishaps += ["429"] * 3
    pager.page()
    for seconds in range(1, 9):
        pager.run(1)
        assert pager.dispatcher.report(pager.now)["oldest_due_seconds"] == seconds
    pager.run(2)
    assert pager.dispatcher.report(pager.now)["oldest_due_seconds"] == 0


def test_what_waits_for_an_hour_of_its_own_is_not_old_before_it_comes(pager: Pager) -> None:
    pager.page(not_before=pager.now + timedelta(minutes=5))
    pager.run(299)
    assert pager.dispatcher.report(pager.now)["oldest_due_seconds"] == 0
    pager.provider.mishaps.append("429")
    pager.run(2)
    assert pager.dispatcher.report(pager.now)["oldest_due_seconds"] == 301
