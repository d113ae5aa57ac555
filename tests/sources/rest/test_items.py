"""Where the tickets of an answer are: lists, mappings, filters and CSV."""

import re
from typing import Any

import pytest

from deskwatch.sources.rest.items import items_of, tickets_in
from deskwatch.sources.rest.settings import ListSettings


def items(body: Any, notes: list[str] | None = None, **settings: Any) -> list[Any]:
    where = ListSettings.model_validate({"path": "/t", **settings})
    tickets, note = tickets_in(items_of(body, where), where)
    if notes is not None and note is not None:
        notes.append(note)
    return tickets


def test_an_answer_may_be_the_list_itself() -> None:
    assert items([{"id": 1}]) == [{"id": 1}]


def test_the_list_may_be_anywhere_in_an_answer() -> None:
    assert items({"data": {"tickets": [1]}}, items="data.tickets") == [1]


def test_a_mapping_of_tickets_is_a_list_by_its_values() -> None:
    answer = {"tickets": [3, 4], "assets": {"Ticket": {"3": {"id": 3}, "4": {"id": 4}}}}
    assert items(answer, items="values(assets.Ticket)") == [{"id": 3}, {"id": 4}]


def test_pull_requests_are_no_tickets() -> None:
    answer = [{"number": 1}, {"number": 2, "pull_request": {"url": "x"}}]
    assert items(answer, keep="!pull_request") == [{"number": 1}]


@pytest.mark.parametrize("value", [False, None, "", [], {}])
def test_what_a_filter_finds_empty_is_left_out(value: object) -> None:
    assert items([{"open": value}, {"open": 0}, {"open": "x"}], keep="open") == [{"open": 0}, {"open": "x"}]


def test_an_item_about_which_the_filter_cannot_decide_is_kept_and_told_once() -> None:
    notes: list[str] = []
    answer = [{"labels": None}, {"labels": ["wall"]}, {"labels": ["x"]}, {"labels": 7}]
    found = items(answer, notes, keep="contains(labels, 'wall')")
    assert found == [{"labels": None}, {"labels": ["wall"]}, {"labels": 7}]
    assert len(notes) == 1
    assert notes[0].startswith("keep: ")


@pytest.mark.parametrize(
    ("body", "settings", "words"),
    [
        ({"error": "no", "code": 7}, {"items": "tickets"}, "nothing at tickets; the answer has error, code"),
        ([1], {"items": "tickets"}, "nothing at tickets; the answer is a list"),
        ({}, {"items": "tickets"}, "the answer is empty"),
        ({"tickets": {"1": {}}}, {"items": "tickets"}, "is an object instead of a list; for a mapping write"),
        ({"tickets": "none"}, {"items": "tickets"}, "is a text instead of a list"),
        ({"a": 1}, {"items": "values(b)"}, "items: In function values(), invalid type for value: None"),
    ],
)
def test_an_answer_of_another_shape_is_told_from_an_empty_one(
    body: Any, settings: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        items(body, **settings)
    assert len(str(caught.value)) < 250


def csv_items(text: str | bytes, **settings: Any) -> list[Any]:
    return items(text.encode() if isinstance(text, str) else text, format="csv", **settings)


def test_a_csv_is_a_list_of_objects_by_its_first_line() -> None:
    text = 'id,summary,owner\r\n7,"a ""quoted"", long\nsummary",ben\r\n\r\n8,x,\r\n'
    assert csv_items(text) == [
        {"id": "7", "summary": 'a "quoted", long\nsummary', "owner": "ben"},
        {"id": "8", "summary": "x", "owner": ""},
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_separated_by_what_the_first_line_has_most(separator: str) -> None:
    assert csv_items(separator.join(("id", "a b", "c")) + "\n" + separator.join("123")) == [
        {"id": "1", "a b": "2", "c": "3"}
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_csv_comes_in_any_usual_encoding(encoding: str) -> None:
    assert csv_items("id;name\n1;Grüße\n".encode(encoding)) == [{"id": "1", "name": "Grüße"}]


def test_a_row_may_be_short_or_long() -> None:
    assert csv_items("id,a\n1\n2,b,c\n") == [{"id": "1"}, {"id": "2", "a": "b"}]


def test_a_csv_can_be_filtered() -> None:
    assert csv_items("id,status\n1,new\n2,closed\n", keep="status != 'closed'") == [
        {"id": "1", "status": "new"}
    ]


def test_a_csv_without_rows_is_empty() -> None:
    assert csv_items("id,status\n") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no CSV whose first line names the columns"),
        ("\n\n", "no CSV whose first line names the columns"),
        ("<!DOCTYPE html>\n<html>", "no CSV; it looks like HTML"),
        ('{"error": 1}', "no CSV; it looks like JSON"),
        ('id,a\n1,"without an end', "no CSV (line "),
        (",".join("a" * 301) + "\n", "no CSV whose first line names the columns"),
        ('id,a\n1,"' + "x" * 1_000_001 + '"', "no CSV (line "),
    ],
)
def test_what_is_no_csv_is_told_from_an_empty_one(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        csv_items(text)
