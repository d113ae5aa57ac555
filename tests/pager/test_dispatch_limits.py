from datetime import timedelta

from deskwatch.core.delivery import Failure, Notification
from deskwatch.core.limits import PACES, Limits, MonthlyCap
from deskwatch.core.people import Urgency
from deskwatch.pager.delivery import Delivery
from tests.pager.provider import Pager

LADDER = Limits(paces={"sms": PACES["sms"], "mail": PACES["email"]})


def limited(**changes: object) -> Delivery:
    return Delivery(mode="live", channels=("sms", "mail"), limits=LADDER, **changes)  # type: ignore[arg-type]


def test_the_first_of_a_storm_goes_at_once_and_the_rest_in_one() -> None:
    pager = Pager(limited())
    first = pager.page()
    pager.tick()
    rest = [pager.page() for _ in range(7)]
    pager.run(125)
    assert pager.provider.accepted[0].text == first.text
    assert pager.provider.accepted[1].text.startswith("7 alerts [")
    assert len(pager.provider.accepted) == 2
    assert {pager.state(each) for each in rest} == {"bundled"}


def test_an_urgent_page_does_not_wait_for_what_is_not() -> None:
    pager = Pager(limited())
    pager.page(urgency=Urgency.NORMAL)
    pager.tick()
    urgent = pager.page()
    pager.tick(1)
    assert pager.provider.count(urgent.code) == 1


def test_a_bundle_and_its_members_are_one_transaction() -> None:
    pager = Pager(limited())
    pager.page()
    pager.tick()
    rest = [pager.page() for _ in range(3)]
    pager.now += timedelta(minutes=3)
    before = pager.outbox.commits
    pager.tick(network=False)
    bundle = pager.outbox.rows[str(pager.row(rest[0]).bundle)]
    assert pager.outbox.commits - before <= 2
    assert bundle.state == "sending"
    assert bundle.alerts == tuple(alert for each in rest for alert in each.alerts)


def test_a_bundle_that_was_on_its_way_at_a_death_is_settled_like_any_other() -> None:
    pager = Pager(limited())
    pager.page()
    pager.tick()
    rest = [pager.page() for _ in range(3)]
    pager.now += timedelta(minutes=3)
    pager.tick(network=False)
    pager.restart()
    pager.run(60)
    bundle = pager.outbox.rows[str(pager.row(rest[0]).bundle)]
    assert pager.provider.count(bundle.code) == 1


def test_a_restart_does_not_begin_the_ladder_anew() -> None:
    pager = Pager(limited())
    pager.page()
    pager.tick()
    pager.restart()
    pager.page()
    pager.run(20)
    assert len(pager.provider.accepted) == 1


def test_a_second_try_does_not_wait_for_its_own_first() -> None:
    pager = Pager(limited())
    pager.provider.mishaps.append("refused")
    page = pager.page()
    pager.run(5)
    assert pager.provider.count(page.code) == 1


def test_what_the_months_budget_forbids_is_told_by_another_way() -> None:
    limits = Limits(paces=LADDER.paces, caps={"sms": MonthlyCap(segments=1)})

    def by_mail(notification: Notification, _failure: Failure) -> tuple[str, str]:
        return notification.person, "mail"

    pager = Pager(Delivery(mode="live", channels=("sms", "mail"), limits=limits), way=by_mail)
    pager.page()
    pager.run(130)
    cheap = pager.page(urgency=Urgency.NORMAL)
    urgent = pager.page()
    pager.run(130)
    assert pager.state(cheap) == "failed"
    assert pager.state(urgent) in ("sent", "delivered"), "what is urgent goes whatever it costs"
    assert pager.outbox.dead == [], "the number is fine"
    assert "segments left this month" in pager.outcomes[0].failure.words


def test_a_channel_that_is_crowded_leaves_no_bundle_without_its_message() -> None:
    pager = Pager(limited(width=1))
    for person in ("ana", "ben"):
        pager.page(person)
    pager.tick()
    members = [pager.page(person) for person in ("ana", "ana", "ben", "ben")]
    pager.run(130)
    texts = [message.text for message in pager.provider.accepted[2:]]
    assert [text[:8] for text in texts] == ["2 alerts", "2 alerts"]
    assert {pager.state(each) for each in members} == {"bundled"}
