"""The query language by itself."""

from datetime import UTC, datetime

import pytest

from deskwatch.demo.query import QueryError, parse_query, unquoted
from deskwatch.demo.records import HelpdeskTicket

AT = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
TICKET = HelpdeskTicket(
    id=1,
    subject="x",
    requester_id=7,
    created_at=AT,
    updated_at=AT,
    status_updated_at=AT,
    status=11,
    priority=3,
    type="O'Hare",
    tags=("vip",),
    group_id=5,
    due_by=AT,
)

TRUE = [
    "status:11",
    "status:2 OR status:11",
    "priority:3 AND status:11 AND group_id:5",
    "(status:2 OR status:11) AND agent_id:null",
    "((status:11))",
    " ( status:2 OR(priority:3) ) ",
    "priority:>3",
    "priority:<3",
    "priority:>2",
    r"type:'O\'Hare'",
    "tag:'vip'",
    "created_at:'2026-03-10'",
    "created_at:>'2026-03-10'",
    "created_at:<'2026-03-10'",
    "updated_at:>'2026-03-10T15:00:00Z'",
    "updated_at:<'2026-03-10T15:00:00Z'",
    "due_by:>'2026-03-01' AND due_by:<'2026-03-10'",
    "fr_due_by:null",
]
FALSE = [
    "status:2",
    "status:11 AND priority:4",
    "priority:>4",
    "priority:<2",
    "agent_id:9",
    "agent_id:>1",
    "group_id:null",
    "tag:'audit'",
    "type:'o\\'hare'",
    "created_at:>'2026-03-11'",
    "updated_at:>'2026-03-10T15:00:01Z'",
    "fr_due_by:>'2020-01-01'",
]
WRONG = [
    "",
    "status",
    "status:",
    "status:two",
    "status:'2'",
    "Status:2",
    "responder_id:2",
    "nonsense:2",
    "status:2 status:3",
    "status:2 AND",
    "OR status:2",
    "(status:2",
    "status:2)",
    "status=2",
    "status:>=2",
    "status:2 AND priority:1 OR priority:2",
    "type:Incident",
    "type:>'A'",
    "tag:<'A'",
    "created_at:2026-03-10",
    "created_at:'10.03.2026'",
    "due_by:'2026-03-10T15:00:00Z'",
    "agent_id:>null",
    "status:2 and status:3",
    "status:2x",
]


@pytest.mark.parametrize("query", TRUE)
def test_a_query_that_finds_the_ticket(query):
    assert parse_query(query)(TICKET)


@pytest.mark.parametrize("query", FALSE)
def test_a_query_that_does_not(query):
    assert not parse_query(query)(TICKET)


@pytest.mark.parametrize("query", WRONG)
def test_a_query_freshservice_would_refuse(query):
    with pytest.raises(QueryError):
        parse_query(query)


@pytest.mark.parametrize("text", [None, "", '"', "status:2", '"status:2', "'status:2'"])
def test_a_query_without_its_quotes_is_refused(text):
    with pytest.raises(QueryError, match="double quotes"):
        unquoted(text)


def test_thirty_eight_statuses_fit_into_one_query():
    query = " OR ".join(f"status:{number}" for number in range(10, 48))
    assert parse_query(unquoted(f'"{query}"'))(TICKET)
