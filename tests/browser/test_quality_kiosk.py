"""Walls fit their screens: no scrollbar, nothing cut off, text for 3 and 5 metres, 4K like full HD."""

import pytest

from deskwatch.core.ticket import Phase, Priority
from tests.web.desk import HOUR, ticket

SCREENS = [(1280, 720), (1366, 768), (1920, 1080), (3840, 2160), (1080, 1920)]
CUT_OFF = """
() => {
  const e = document.documentElement, high = e.clientHeight, wide = e.clientWidth;
  return [...document.querySelectorAll('tbody tr')].filter(row => {
    const box = row.getBoundingClientRect();
    return row.checkVisibility({visibilityProperty: true}) && box.height && box.top < high
      && (box.bottom > high + 1 || box.right > wide + 1 || box.left < -1);
  }).map(row => row.getAttribute('data-k'));
}
"""
"""Rows of which only a part is on the screen."""
BOXES = """
() => ['td.subject p', 'td.id', '.chip', 'h1', 'tbody tr', '.tile'].map(name => {
  const box = document.querySelector(name).getBoundingClientRect();
  const parts = [box.left / innerWidth, box.top / innerHeight, box.height / innerHeight];
  return parts.map(n => Math.round(1000 * n));
})
"""
"""Where things are, in thousandths of the screen."""


@pytest.fixture
def full(desk):
    """More tickets than any screen holds."""
    phases = [Phase.OPEN, Phase.PENDING, Phase.CUSTOMER_REPLIED, Phase.ON_HOLD]
    desk.write(
        *(
            ticket(
                n,
                subject=f"Printer {n} prints stripes " + "and stripes " * (n % 7),
                phase=phases[n % 4],
                priority=list(Priority)[n % 4],
                first_response_due_at=desk.now + (n - 10) * HOUR,
            )
            for n in range(60)
        )
    )
    return desk


def kiosk(visit, wishes, screen, **options):
    page = visit(
        f"/b/helpdesk?kiosk=1&{wishes}", viewport={"width": screen[0], "height": screen[1]}, **options
    )
    page.wait_for_selector("tbody tr")
    page.wait_for_function("() => deskwatch.pulse() && /old/.test(document.querySelector('#age').innerText)")
    page.wait_for_timeout(100)  # the script has laid its pages out
    return page


@pytest.mark.timeout(240)
@pytest.mark.parametrize("size", ["desk", "3m", "5m", "auto"])
def test_a_kiosk_never_scrolls_and_never_cuts_a_row_off(full, visit, size):
    for screen in SCREENS:
        page = kiosk(visit, f"size={size}", screen)
        room = page.evaluate(
            "(e => [innerWidth - e.clientWidth, e.scrollWidth - e.clientWidth,"
            " e.scrollHeight - e.clientHeight])(document.documentElement)"
        )
        assert room == [0, 0, 0], f"scrollbar, or more than the screen in width or height: {screen}"
        assert page.evaluate(CUT_OFF) == [], screen
        assert page.locator("tbody tr:visible").count() >= 1, screen
        page.context.close()


def test_ticket_text_is_as_large_as_reading_from_there_needs(full, visit):
    for size, least in (("3m", 32), ("5m", 52)):
        page = kiosk(visit, f"size={size}", (1920, 1080))
        for name in ("td.subject p", "td.id", ".chip"):
            text = "n => parseFloat(getComputedStyle(document.querySelector(n)).fontSize)"
            assert page.evaluate(text, name) >= least, (size, name)


def test_a_4k_screen_looks_like_a_full_hd_one(full, visit):
    for size in ("3m", "5m", "auto"):
        whole = kiosk(visit, f"size={size}", (3840, 2160)).evaluate(BOXES)
        double = kiosk(visit, f"size={size}", (1920, 1080), device_scale_factor=2).evaluate(BOXES)
        for a, b in zip(whole, double, strict=True):
            assert a == pytest.approx(b, abs=6), size  # thousandths: a hairline is a hairline on both


def test_overscan_keeps_everything_away_from_the_edges(full, visit):
    for safe in (2, 5):
        page = kiosk(visit, f"size=3m&safe={safe}", (1920, 1080))
        left, top = page.evaluate(
            "() => { const b = document.querySelector('h1').getBoundingClientRect();"
            " return [b.left, b.top]; }"
        )
        right = page.evaluate("document.querySelector('tbody tr').getBoundingClientRect().right")
        assert left >= 19.2 * safe - 1
        assert top >= 10.8 * safe - 1
        assert right <= 1920 - 19.2 * safe + 1
