"""A technician who comes from Ticket Dash opens the old bookmark in the browser that knew it."""

from deskwatch.core.ticket import Person
from tests.web.desk import ticket

ANA = Person(id="19000000001", name="Ana")
BEN = Person(id="19000000002", name="Ben")
CHOSEN_THERE = (
    "localStorage.setItem('theme', '{theme}'); localStorage.setItem('sidebar_collapsed', '{folded}');"
)


def come_from_ticket_dash(visit, theme, folded):
    page = visit("/helpdesk")
    page.add_init_script(CHOSEN_THERE.format(theme=theme, folded=folded))
    page.goto(page.url.split("/b/")[0] + f"/helpdesk?agent_id={ANA.id}")
    return page


def shade(page):
    """Of the page's background: 0 is black, 255 white."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in colour.strip("rgba()").split(",")[:3]) / 3


def test_the_bookmark_shows_only_the_tickets_of_that_agent(desk, visit):
    desk.write(ticket(1, agent=ANA), ticket(2, agent=BEN))
    page = come_from_ticket_dash(visit, "dark-mode", "false")
    page.wait_for_selector("tr[data-k=desk-1]")
    assert page.locator("tr[data-k=desk-2]").count() == 0
    assert page.url.endswith(f"/b/helpdesk?agent_id={ANA.id}")


def test_the_theme_chosen_there_is_the_theme_here(desk, visit):
    desk.write(ticket(1, agent=ANA))
    assert shade(come_from_ticket_dash(visit, "dark-mode", "false")) < 60
    assert shade(come_from_ticket_dash(visit, "light-mode", "false")) > 200


def test_the_folded_side_is_a_folded_toolbar(desk, visit):
    desk.write(ticket(1, agent=ANA))
    assert come_from_ticket_dash(visit, "dark-mode", "false").locator("input[type=search]").is_visible()
    assert not come_from_ticket_dash(visit, "dark-mode", "true").locator("input[type=search]").is_visible()
