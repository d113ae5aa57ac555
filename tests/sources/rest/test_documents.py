"""Descriptions that are trees of nodes, as Jira writes them, and texts in base64 become readable text."""

import json
import time
from typing import Any

import pytest

from deskwatch.sources.rest.document_text import LONGEST_TEXT, MOST_NODES, document_to_text
from deskwatch.sources.rest.field_settings import DateSettings, FieldSettings
from deskwatch.sources.rest.steps import Reading, StepError, acts_of

Node = dict[str, Any]


def node(kind: str, *content: Node, **attrs: Any) -> Node:
    """A node with others inside."""
    return {"type": kind, "content": list(content), **({"attrs": attrs} if attrs else {})}


def words(text: str, *, link: str | None = None, bold: bool = False) -> Node:
    """A piece of text."""
    marks = [{"type": "link", "attrs": {"href": link}}] if link else []
    marks += [{"type": "strong"}] if bold else []
    return {"type": "text", "text": text, **({"marks": marks} if marks else {})}


def line(*pieces: str | Node) -> Node:
    """A paragraph."""
    return node("paragraph", *(words(p) if isinstance(p, str) else p for p in pieces))


def entry(*content: str | Node) -> Node:
    """An entry of a list."""
    return node("listItem", *(line(c) if isinstance(c, str) else c for c in content))


def doc(*content: Node) -> Node:
    """A whole document."""
    return {"version": 1, **node("doc", *content)}


def done(value: Any, step: str) -> Any:
    """What one step makes of a value."""
    field = FieldSettings.model_validate({"path": "x", "steps": [step]})
    (act,) = acts_of(field.steps, name="description", dates=DateSettings())
    return act(value, Reading({}))


KB = "https://example.com/kb"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (doc(line("One"), line("Two")), "One\n\nTwo"),
        (doc(line("a", {"type": "hardBreak"}, "b")), "a\nb"),
        (doc(line("The ", words("VPN", bold=True), " drops")), "The VPN drops"),
        (doc(node("heading", words("What"), level=2), line("It.")), "What\n\nIt."),
        (doc(node("bulletList", entry("a"), entry("b")), line("c")), "- a\n- b\n\nc"),
        (doc(node("orderedList", entry("a"), entry("b"), order=4)), "4. a\n5. b"),
        (
            doc(node("bulletList", entry("a", node("orderedList", entry("b", line("more")), entry("c"))))),
            "- a\n  1. b\n    more\n  2. c",
        ),
        (doc(node("codeBlock", words("ping x\n  timeout"), language="sh")), "ping x\n  timeout"),
        (doc(line({"type": "mention", "attrs": {"id": "5b1", "text": "@mia"}}, " says")), "@mia says"),
        (doc(line("see ", words("page", link=KB))), f"see page ({KB})"),
        (doc(line(words(KB, link=KB), " and more")), f"{KB} and more"),
        (doc(line(words("the ", link=KB), words("page", link=KB, bold=True), "!")), f"the page ({KB})!"),
        (doc(line(words("mia@example.com", link="mailto:mia@example.com"))), "mia@example.com"),
        (
            doc(
                node(
                    "table",
                    node("tableRow", node("tableHeader", line("Host")), node("tableHeader", line("State"))),
                    node("tableRow", node("tableCell", line("a")), node("tableCell", line("up"), line("x"))),
                )
            ),
            "Host | State\na | up x",
        ),
        (
            doc(
                node(
                    "taskList",
                    node("taskItem", words("restart"), state="DONE"),
                    node("taskItem", words("call"), state="TODO"),
                )
            ),
            "[x] restart\n[ ] call",
        ),
        (doc(line({"type": "date", "attrs": {"timestamp": "1773100800000"}})), "2026-03-10"),
        (doc(line({"type": "status", "attrs": {"text": "DOWN"}})), "DOWN"),
        (doc(line({"type": "emoji", "attrs": {"shortName": ":fire:"}})), ":fire:"),
        (doc(node("mediaSingle", {"type": "media", "attrs": {"alt": "screen.png"}})), "screen.png"),
        (doc(node("expand", line("inside"), title="More")), "More\ninside"),
        (doc({"type": "blockCard", "attrs": {"url": KB}}), KB),
        (doc(node("panel", line("note"))), "note"),
        (doc(node("somethingNew", line("still read"))), "still read"),
        (doc(node("bullet_list", node("list_item", line("a", {"type": "hard_break"}, "b")))), "- a\nb"),
        ([line("a"), line("b")], "a\n\nb"),
        (doc(), ""),
        ("h1. wiki text stays", "h1. wiki text stays"),
    ],
)  # fmt: skip
def test_a_document_becomes_the_text_that_people_would_read(document: Any, text: str) -> None:
    assert document_to_text(document) == text
    assert done(document, "document_to_text") == text


@pytest.mark.parametrize(
    "odd",
    [
        doc(line("ok"), {"type": 7, "content": "no list"}, {"type": None}, {"content": [None, 5, "x", []]}),
        doc(
            line("ok"), {"type": "text", "text": {"a": 1}}, {"type": "text"}, node("table", node("tableRow"))
        ),
        doc(line({"type": "mention"}, {"type": "date", "attrs": {"timestamp": "9" * 400}}), line("ok")),
        doc(line({"type": "date", "attrs": {"timestamp": None}}, {"type": "emoji", "attrs": []}), line("ok")),
        doc(
            line({"type": "text", "text": "ok", "marks": [5, {"type": "link"}, {"type": "link", "attrs": 1}]})
        ),
        doc({"type": "orderedList", "attrs": {"order": "x"}, "content": "y"}, line("ok")),
        doc({"type": "bulletList", "content": [None, line("ok"), {"type": "listItem", "content": 3}]}),
        doc({"type": "taskList", "content": [{"type": "taskItem", "attrs": 5}]}, line("ok")),
    ],
)
def test_a_broken_document_keeps_what_can_be_read(odd: Any) -> None:
    assert "ok" in document_to_text(odd)


@pytest.mark.parametrize("odd", [5, True, {"value": "x"}, {}])
def test_what_is_no_document_is_told(odd: Any) -> None:
    with pytest.raises(StepError, match="expected a document with type and content, found"):
        done(odd, "document_to_text")
    assert done(None, "document_to_text") is None


def nested(kind: str, levels: int) -> Node:
    """Nodes inside nodes."""
    inner = line("the end")
    for _ in range(levels):
        inner = node(kind, inner)
    return doc(line("the beginning"), inner)


@pytest.mark.parametrize(
    "hostile",
    [
        *(nested(kind, 400) for kind in ("bulletList", "listItem", "table", "tableRow", "tableCell", "x")),
        doc(*(line("word ") for _ in range(60_000))),
        doc(*(line() for _ in range(60_000))),
        doc(
            node("table", *(node("tableRow", *(node("tableCell") for _ in range(50))) for _ in range(2_000)))
        ),
        doc(node("bulletList", *(entry() for _ in range(60_000)))),
        doc(line(words("x" * 3_000_000))),
        doc(line(*(words("a", link="https://example.com/" + "x" * 5000 + str(n)) for n in range(5000)))),
    ],
)
def test_no_document_takes_longer_than_a_moment(hostile: Any) -> None:
    began = time.process_time()
    text = document_to_text(hostile)
    assert time.process_time() - began < 1
    assert len(text) <= LONGEST_TEXT


def test_only_as_many_nodes_are_read_as_a_description_may_have() -> None:
    text = document_to_text(doc(*(line() for _ in range(MOST_NODES)), line("never read")))
    assert text == ""
    assert document_to_text(json.loads(json.dumps(nested("x", 30)))).endswith("the end")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("RHJ1Y2tlciBpc3QgYXVz", "Drucker ist aus"),
        ("RHJ1Y2tlciBpc3Qg\nYXVz\n", "Drucker ist aus"),
        ("w6Q", "ä"),
        ("77u_YQ==", "a"),
        ("/w==", "\ufffd"),
        ("", ""),
        (None, None),
        (["YQ==", "Yg=="], ["a", "b"]),
    ],
)
def test_a_text_that_travels_as_base64_is_unpacked(value: Any, text: Any) -> None:
    assert done(value, "base64") == text


@pytest.mark.parametrize("odd", ["no base64!", "YQ=Y", "Y", "äöü", "=" * 5])
def test_what_is_no_base64_is_told(odd: str) -> None:
    with pytest.raises(StepError, match="is no base64"):
        done(odd, "base64")
