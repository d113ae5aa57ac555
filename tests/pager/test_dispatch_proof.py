from datetime import timedelta

import pytest

from deskwatch.core.delivery import Failure, Notification, Receipt
from deskwatch.core.people import Urgency
from tests.pager.provider import NINE, Pager


def to_ben_by_mail(_notification: Notification, _failure: Failure) -> tuple[str, str]:
    return "ben", "mail"


@pytest.fixture
def pager() -> Pager:
    return Pager(way=to_ben_by_mail)


def lost(kind: str = "permanent") -> Receipt:
    failure = Failure(kind=kind, words="unknown handset (30005)", code="30005")  # type: ignore[arg-type]
    return Receipt(state="failed", provider_id="SM0", status="undelivered", failure=failure)


def test_the_provider_is_asked_until_the_delivery_is_proven(pager: Pager) -> None:
    page = pager.page()
    pager.run(6)
    assert (pager.state(page), pager.row(page).checks) == ("sent", 1)
    pager.run(10)
    assert (pager.state(page), pager.row(page).checks) == ("delivered", 2)
    assert pager.row(page).finished_at is not None


@pytest.mark.parametrize("lost_after", [1, 20, 50, 130, 250, 500])
def test_a_page_that_is_undelivered_is_told_by_the_next_way_within_a_minute(
    pager: Pager, lost_after: int
) -> None:
    pager.provider.fates["SM0"] = Receipt(state="sent", provider_id="SM0", status="sent")
    page = pager.page()
    pager.run(lost_after)
    pager.provider.fates["SM0"] = lost()
    pager.run(60)
    assert pager.state(page) == "failed"
    assert pager.provider.accepted[-1].person == "ben"


def test_a_number_nobody_has_is_remembered_as_dead(pager: Pager) -> None:
    pager.provider.fates["SM0"] = lost()
    pager.page()
    pager.run(10)
    assert [(dead.person, dead.reason) for dead in pager.outbox.dead] == [("ana", "unknown handset (30005)")]


def test_a_handset_that_is_switched_off_is_tried_once_more_when_there_is_no_other_way() -> None:
    pager = Pager()
    pager.provider.fates["SM0"] = lost("transient")
    page = pager.page()
    pager.run(300)
    assert pager.provider.count(page.code) == 2
    assert pager.outbox.dead == []
    pager.provider.fates["SM1"] = lost("transient")
    pager.run(300)
    assert pager.provider.count(page.code) == 2


def test_an_urgent_page_without_proof_is_told_by_another_way_too_and_once(pager: Pager) -> None:
    pager.provider.fates["SM0"] = Receipt(state="sent", provider_id="SM0", status="sent")
    page = pager.page()
    pager.run(599)
    assert len(pager.provider.accepted) == 1
    pager.run(11)
    assert pager.provider.accepted[-1].person == "ben"
    assert pager.state(page) == "sent", "it may still arrive"
    pager.run(3700, step=20)
    assert len(pager.provider.accepted) == 2
    assert pager.row(page).finished_at is not None, "after an hour nobody asks any more"


def test_what_is_not_urgent_is_believed_to_have_arrived(pager: Pager) -> None:
    pager.provider.fates["SM0"] = Receipt(state="sent", provider_id="SM0", status="sent")
    page = pager.page(urgency=Urgency.NORMAL)
    pager.run(4000, step=20)
    assert (pager.state(page), len(pager.provider.accepted)) == ("sent", 1)


def test_a_provider_that_cannot_be_asked_is_asked_again_for_an_hour_at_most(pager: Pager) -> None:
    page = pager.page(urgency=Urgency.NORMAL)
    pager.tick()
    pager.provider.can_list = False
    pager.run(60)
    pager.provider.can_list = True
    pager.run(21)
    assert pager.state(page) == "delivered"
    other = pager.page(urgency=Urgency.NORMAL)
    pager.tick()
    pager.provider.can_list = False
    pager.run(3800, step=20)
    assert pager.row(other).finished_at is not None


def test_mail_is_finished_with_its_acceptance(pager: Pager) -> None:
    page = pager.page(channel="mail")
    pager.tick()
    assert pager.state(page) == "sent"
    assert pager.row(page).finished_at == NINE
    assert not pager.dispatcher.open


def test_proof_is_asked_for_after_a_restart_too(pager: Pager) -> None:
    page = pager.page()
    pager.tick()
    pager.restart()
    pager.run(20)
    assert pager.state(page) == "delivered"
    assert pager.row(page).sent_at == NINE
    assert pager.now > NINE + timedelta(seconds=10)
