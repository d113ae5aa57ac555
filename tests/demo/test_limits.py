"""Credits, plans, and the many forms of ``Retry-After``."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from deskwatch.demo.limits import PLANS, Bucket, Limiter, RetryAfter

NOW = datetime(2026, 3, 10, 15, 0, 23, tzinfo=UTC)


def total(answer):
    return int(answer.headers["x-ratelimit-total"])


def test_each_operation_has_a_total_of_its_own(desk, client):
    ticket = desk.create_ticket()
    assert total(client.get("/tickets")) == 140
    assert total(client.get(f"/tickets/{ticket.id}")) == 160
    assert total(client.get("/agents")) == total(client.get("/requesters")) == 140
    assert total(client.get("/groups")) == total(client.get("/tickets/filter", query='"status:2"')) == 500


@pytest.mark.parametrize(
    ("plan", "lists"), [("starter", 40), ("growth", 70), ("pro", 120), ("enterprise", 140)]
)
def test_a_plan_allows_so_many_lists_a_minute(plan, lists):
    limiter = Limiter(PLANS[plan])
    charges = [limiter.charge(Bucket.LIST, 1, now=NOW) for _ in range(lists + 1)]
    assert [charge.wait for charge in charges] == [None] * lists + [37]
    assert (charges[lists - 1].remaining, charges[lists].remaining) == (0, 0)


def test_the_account_as_a_whole_has_a_limit_too():
    limiter = Limiter(PLANS["starter"])
    waits = [limiter.charge(bucket, 25, now=NOW).wait for bucket in (Bucket.LIST, Bucket.VIEW, Bucket.PEOPLE)]
    assert waits == [None, None, None]
    assert limiter.charge(Bucket.ALL, 25, now=NOW).wait is None
    assert limiter.charge(Bucket.ALL, 1, now=NOW).wait == 37


def test_refused_calls_burn_credits_and_the_next_minute_is_a_new_one(make_desk, client_of, clock):
    desk = make_desk(plan="starter")
    client = client_of(desk)
    clock.pass_(seconds=23)
    answers = [client.get("/tickets", include="stats,requester") for _ in range(9)]
    assert [answer.status_code for answer in answers] == [200] * 8 + [429]
    refused = answers[-1]
    assert refused.headers["retry-after"] == "37"
    assert refused.headers["x-ratelimit-used-currentrequest"] == "5"
    assert set(refused.json()) == {"message"}
    clock.pass_(seconds=36)
    assert client.get("/tickets").status_code == 429
    clock.pass_(seconds=1)
    assert client.get("/tickets").status_code == 200


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (RetryAfter.SECONDS, "60"),
        (RetryAfter.ISO_DATE, "2026-03-10T15:01:00Z"),
        (RetryAfter.HTTP_DATE, "Tue, 10 Mar 2026 15:01:00 GMT"),
        (RetryAfter.ABSENT, None),
        (RetryAfter.JUNK, "soon"),
        (RetryAfter.NEGATIVE, "-37"),
        (RetryAfter.HUGE, "99999999999"),
    ],
)
def test_retry_after_has_every_form_seen_in_the_wild(make_desk, client_of, form, value):
    desk = make_desk(plan="starter")
    desk.switches.retry_after = form
    client = client_of(desk)
    answers = [client.get("/agents") for _ in range(41)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers.get("retry-after") == value
    if form is RetryAfter.HTTP_DATE:
        assert parsedate_to_datetime(value) == datetime(2026, 3, 10, 15, 1, tzinfo=UTC)
