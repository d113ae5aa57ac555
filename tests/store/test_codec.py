"""What strangers write is read or refused with a reason; what we write is read by everybody."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.store.codec import (
    UndecodableError,
    decode_object,
    decode_ticket,
    digest,
    encode_object,
)
from tests.store.tickets import NOW, ticket


def test_a_ticket_survives_its_file():
    assert decode_ticket(encode_object(ticket(5).to_dict())) == ticket(5)


def test_the_file_is_readable_in_a_terminal():
    lines = encode_object(ticket(5, subject="Übung").to_dict()).decode().splitlines()
    assert lines[0] == "{"
    assert '  "subject": "Übung",' in lines


def test_unknown_keys_survive():
    extra = {"vip": True, "fields": {"site": ["Oslo", 3, None]}}
    assert decode_ticket(encode_object(ticket(5, extra=extra).to_dict())).extra == extra


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": Infinity}', "not JSON"),
        (b'{"a": "\\ud800", "b": NaN}', "NaN is not a JSON value"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": 1} {"b": 2}', "trailing"),
        (b'{"a": "\xff"}', "not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "recursion"),
        (b'{"a": "\\ud800", "b":' + b"[" * 100_000, "not JSON"),
        (b"[]", "expected one JSON object, got a list"),
        (b"null", "got null"),
        (b'"text"', "got a text"),
        (b"7", "got a number"),
    ],
)
def test_what_is_no_object_is_refused_with_the_reason(data, reason):
    with pytest.raises(UndecodableError, match=reason):
        decode_object(data)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (b'"subject": ["a"]', "subject: expected text, got a list"),
        (b'"created_at": "yesterday"', "created_at: expected an instant such as"),
        (b'"created_at": "2026-03-10T10:00:00"', "created_at: expected an instant with an offset"),
        (b'"phase": "opened"', "phase: expected one of open, pending"),
        (b'"phase": ["open"]', "phase: expected one of open, pending"),
        (b'"schema": 2', "schema: this version reads schema 1"),
        (b'"number": ' + b"9" * 4400, "too large|out of range"),
        (b'"size": 1e999', "'size': the number is too large"),
        (b'"deep": ' + b"[" * 100 + b"]" * 100, "'deep': nested deeper than 32 levels"),
        (b'"requester": {"name": {"a": 1}}', "requester: expected text, got an object"),
    ],
)
def test_a_field_that_cannot_be_is_named(change, reason):
    with pytest.raises(UndecodableError, match=reason):
        decode_ticket(b'{"key": "desk-1", "source": "desk", "id": "1", ' + change + b"}")


def test_half_an_emoji_does_not_cost_the_ticket():
    data = encode_object(ticket(1, subject="x").to_dict()).replace(b'"x"', b'"\\ud83d half"')
    assert decode_ticket(data).subject == "\ufffd half"


def test_half_an_emoji_and_not_a_number_are_written_as_every_reader_understands():
    plain = ticket(1, subject="\ud83d half", extra={"a": float("nan"), "b": [float("inf")]}).to_dict()
    assert json.loads(encode_object(plain))["subject"] == "\ufffd half"
    assert json.loads(encode_object(plain))["a"] is None
    assert json.loads(encode_object(plain))["b"] == [None]


def test_a_byte_order_mark_is_forgiven():
    assert decode_object(b"\xef\xbb\xbf{}") == {}


def test_the_last_of_two_equal_names_counts():
    assert decode_object(b'{"a": 1, "a": 2}') == {"a": 2}


def test_seeing_a_ticket_again_is_no_change_of_it():
    later = ticket(1, seen_at=NOW.replace(hour=20))
    assert digest(ticket(1).to_dict()) == digest(later.to_dict())
    assert digest(ticket(1).to_dict()) != digest(ticket(1, subject="other").to_dict())


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_reason(data):
    with suppress(UndecodableError):
        decode_ticket(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(ticket().to_dict())) | st.text(max_size=5), json_values))
def test_no_object_raises_anything_but_a_reason(fields):
    data = json.dumps({**ticket().to_dict(), **fields}).encode()
    with suppress(UndecodableError):
        found = decode_ticket(data)
        assert decode_ticket(encode_object(found.to_dict())) == decode_ticket(data)
