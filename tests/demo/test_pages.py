"""What people see who click on a ticket of the demo."""

import requests


def test_a_ticket_has_a_page_for_people_without_a_key(desk, client):
    ticket = desk.create_ticket(
        "Mail <b>is</b> down", description="<script>alert(1)</script>\n{{ 7 * 7 }}", priority=4
    )
    desk.reply(ticket.id, "Looking & listening")
    desk.note(ticket.id, "psst")
    page = requests.get(f"{client.url}/a/tickets/{ticket.id}", timeout=5)
    assert page.status_code == 200
    assert "This helpdesk is simulated." in page.text
    assert "Mail &lt;b&gt;is&lt;/b&gt; down" in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\n{{ 7 * 7 }}" in page.text
    assert "<script" not in page.text
    for words in (
        "Urgent",
        "Open",
        "Agnes Whitcombe",
        "nobody yet",
        "Looking &amp; listening",
        "private note",
    ):
        assert words in page.text, words
    assert page.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'self'"


def test_the_first_page_lists_open_tickets_urgent_first(desk, client):
    low, urgent = desk.create_ticket("Low", priority=1), desk.create_ticket("Urgent", priority=4)
    desk.close(desk.create_ticket("Over").id)
    page = requests.get(client.url, timeout=5).text
    assert page.index(f"/a/tickets/{urgent.id}") < page.index(f"/a/tickets/{low.id}")
    assert "2 open tickets" in page
    assert "Over" not in page


def test_trash_spam_and_strangers_are_told_apart(desk, client):
    ticket = desk.create_ticket()
    desk.trash(ticket.id)
    assert "In the trash." in requests.get(f"{client.url}/a/tickets/{ticket.id}", timeout=5).text
    assert requests.get(f"{client.url}/a/tickets/999", timeout=5).status_code == 404
    old = requests.get(f"{client.url}/helpdesk/tickets/{ticket.id}", timeout=5, allow_redirects=False)
    assert old.headers["location"] == f"/a/tickets/{ticket.id}"
    assert requests.get(f"{client.url}/demo.css", timeout=5).headers["content-type"].startswith("text/css")
