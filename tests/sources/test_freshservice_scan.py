"""Which questions are asked: quoted, short enough, split where the helpdesk stops telling."""

import pytest

from deskwatch.sources.credits import Credits
from deskwatch.sources.freshservice_api import Api, next_page
from deskwatch.sources.freshservice_scan import LONGEST_QUERY, Query, filter_text, open_queries
from deskwatch.sources.freshservice_settings import FreshserviceSettings
from deskwatch.sources.http_client import HttpClient
from deskwatch.sources.source import SourceError

API = Api(FreshserviceSettings(subdomain="example"), HttpClient(("k", "X")), Credits())


def test_a_query_has_its_own_quotes_and_parentheses() -> None:
    assert filter_text([2, 3]) == '"(status:2 OR status:3)"'
    assert filter_text([2], 4) == '"(status:2) AND priority:4"'


@pytest.mark.parametrize("count", [1, 30, 37, 38, 39, 200])
def test_every_status_is_asked_for_once_in_queries_that_are_short_enough(count: int) -> None:
    statuses = list(range(1000, 1000 + count))
    queries = open_queries(API, statuses, ["2", "3"])
    assert all(len(q.params["query"]) <= LONGEST_QUERY for q in queries)
    for workspace in ("2", "3"):
        mine = [q for q in queries if q.params["workspace_id"] == workspace]
        assert [s for q in mine for s in q.statuses] == statuses


def test_without_workspaces_none_is_named() -> None:
    (query,) = open_queries(API, [2], [None])
    assert "workspace_id" not in query.params


def test_too_long_a_list_is_cut_by_status_and_then_by_priority() -> None:
    (whole,) = open_queries(API, [2, 3, 9], [None])
    left, right = whole.halves()
    assert [left.statuses, right.statuses] == [(2,), (3, 9)]
    parts = left.halves()
    assert [p.params["query"] for p in parts] == [f'"(status:2) AND priority:{n}"' for n in (4, 3, 2, 1)]
    assert parts[0].halves() == ()
    assert isinstance(parts[0], Query)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("", None),
        ('<https://x/api/v2/tickets?page=3&a=b>; rel="next"', 3),
        ("<https://evil.example/steal?page=3>; rel=next", 3),
        ('<https://x?page=1>; rel="prev", <https://x?page=3>; rel="next"', 3),
        ('<https://x?page=9>; rel="last"', None),
        ('<https://x?page=x>; rel="next"', 3),
        ('<https://x>; rel="next"', 3),
        ("<" * 100_000, None),
    ],
)
def test_of_a_link_to_the_next_page_only_the_number_is_used(link: str, expected: int | None) -> None:
    assert next_page(link, 2, doing="testing") == expected


@pytest.mark.parametrize("page", [0, 1, 2, -5])
def test_a_next_page_that_lies_behind_is_an_error(page: int) -> None:
    with pytest.raises(SourceError, match="as the next one"):
        next_page(f'<https://x?page={page}>; rel="next"', 2, doing="testing")
