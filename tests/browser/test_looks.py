"""How the wall looks: readable from where people stand, in both themes, on every screen, colour or not."""

from datetime import timedelta
from itertools import chain

import pytest

from deskwatch.core.ticket import Person, Phase, Priority, Status
from tests.web.desk import HOUR, MINUTE, ticket
from tests.web.test_process import wait_until

SCREENS = [(1280, 720), (1366, 768), (1920, 1080), (3840, 2160), (1080, 1920), (360, 740)]
SIZES = {"desk": 16, "3m": 32, "5m": 52}
"""Least CSS pixels of the text of a ticket on a screen of 1920 by 1080."""

LONG = "The docking station in meeting room Reykjavík drops the connection every few minutes since the update"
RTL = "لا أستطيع الدخول إلى البريد الإلكتروني منذ الصباح وحتى الآن في المكتب الرئيسي"

CONTRAST = """(selector) => {
  var parse = c => { var n = c.match(/[\\d.]+/g).map(Number); return n.length < 4 ? n.concat(1) : n; };
  var over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  var light = function (c) {
    var l = c.slice(0, 3).map(v => v / 255)
      .map(v => v <= .03928 ? v / 12.92 : Math.pow((v + .055) / 1.055, 2.4));
    return .2126 * l[0] + .7152 * l[1] + .0722 * l[2];
  };
  var ground = function (node) {
    var layers = [];
    for (; node; node = node.parentElement) { layers.unshift(parse(getComputedStyle(node).backgroundColor)); }
    return layers.reduce(function (below, above) { return over(above, below); }, [255, 255, 255, 1]);
  };
  return [].filter.call(document.querySelectorAll(selector), function (node) {
    return node.offsetParent && [].some.call(node.childNodes, n => n.nodeType === 3 && n.data.trim());
  }).map(function (node) {
    var bg = ground(node), a = light(over(parse(getComputedStyle(node).color), bg)), b = light(bg);
    var said = node.className + ': ' + node.textContent.trim().slice(0, 40);
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), said];
  });
}"""


def tickets_of_all_states(now):
    """One ticket in each state the wall knows by its own shape."""
    due = {1: -65 * MINUTE, 2: 12 * MINUTE, 3: 5 * HOUR, 4: timedelta(days=3)}
    priorities = [Priority.URGENT, Priority.HIGH, Priority.MEDIUM, Priority.LOW]
    new = {"created_at": now - HOUR, "updated_at": now - HOUR, "status_since": now - HOUR}
    found = [
        ticket(n, subject=LONG, priority=priorities[n - 1], first_response_due_at=now + late, **new)
        for n, late in due.items()
    ]
    waiting = {"phase": Phase.WAITING_ON_CUSTOMER, "status": Status(id="9", name="Waiting on Customer")}
    nobodys = ticket(6, agent=None, subject=LONG, first_response_due_at=now + HOUR, **new)
    return [
        each.with_(number=f"INC-1023{n}")
        for n, each in enumerate([*found, ticket(5, subject=RTL, **waiting, **new), nobodys])
    ]


@pytest.fixture
def wall(desk, visit):
    """Opens the wall with a ticket in each state; the query may ask for a size."""
    desk.write(*tickets_of_all_states(desk.now))

    def wall(query="", **options):
        page = visit(f"/b/helpdesk?{query}", **options)
        page.wait_for_selector("tr.overdue .left:not(:empty)")
        return page

    return wall


def pixels(page, selector):
    return page.eval_on_selector_all(
        selector,
        "nodes => nodes.filter(n => n.offsetParent).map(n => parseFloat(getComputedStyle(n).fontSize))",
    )


@pytest.mark.parametrize("size", ["3m", "5m"])
def test_the_text_of_a_ticket_is_read_from_where_the_screen_is_watched(wall, size):
    page = wall(f"size={size}", viewport={"width": 1920, "height": 1080})
    for part in ("tbody .chip", "tbody .left", "tbody .id a", "tbody .subject p"):
        assert min(pixels(page, part)) >= SIZES[size], part
    beside = min(pixels(page, "tbody .prio") + pixels(page, "td.agent") + pixels(page, ".by .at"))
    assert beside >= (20 if size == "3m" else 32), "what stands beside is above the limit of legibility"


@pytest.mark.parametrize("size", ["desk", "3m", "5m"])
def test_a_screen_of_twice_the_pixels_looks_the_same(wall, size):
    page = wall(f"size={size}", viewport={"width": 1920, "height": 1080})
    shape = "n => (b => [b.left, b.width, b.height].map(v => v / innerWidth))(n.getBoundingClientRect())"
    parts = ("tr.overdue .chip", "tr.overdue .subject", ".tile.total", "tr.overdue")
    small = [page.eval_on_selector(part, shape) for part in parts]
    page.set_viewport_size({"width": 3840, "height": 2160})
    large = [page.eval_on_selector(part, shape) for part in parts]
    for a, b in zip(chain(*small), chain(*large), strict=True):
        assert a == pytest.approx(b, abs=0.006)


def test_a_wall_for_five_metres_shows_ten_tickets_at_once(desk, visit):
    at = {"created_at": desk.now, "updated_at": desk.now, "first_response_due_at": desk.now + 9 * HOUR}
    desk.write(*(ticket(n, subject=LONG, **at) for n in range(30)))
    page = visit("/b/helpdesk?size=5m&kiosk=1", viewport={"width": 1920, "height": 1080})
    page.wait_for_selector("tbody .left:not(:empty)")
    shown = (
        "nodes => nodes.filter(n => n.offsetParent && n.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert page.eval_on_selector_all("tbody tr", shown) >= 10


PILLS = """nodes => nodes.filter(n => n.offsetParent).map(function (pill) {
  var style = getComputedStyle(pill), box = pill.getBoundingClientRect(), range = document.createRange();
  var letters = document.createElement('canvas').getContext('2d'), base = document.createElement('i');
  range.selectNodeContents(pill.childNodes[1]);
  var word = range.getBoundingClientRect(), left = pill.querySelector('.left').getBoundingClientRect();
  letters.font = style.fontWeight + ' ' + style.fontSize + ' ' + style.fontFamily;
  base.style.cssText = 'display: inline-block; height: 0';
  var line = document.createElement('span');
  line.textContent = 'g';
  line.appendChild(base);
  pill.appendChild(line);
  var below = letters.measureText('g').actualBoundingBoxDescent + base.getBoundingClientRect().bottom;
  pill.removeChild(line);
  var edge = /inset/.test(style.boxShadow) ? parseFloat(style.boxShadow.split('px ')[3]) : 0;
  return { room: box.bottom - edge - below, idle: left.left - word.right, em: parseFloat(style.fontSize) };
})"""


def test_from_five_metres_no_letter_crosses_the_edge_of_its_state_and_no_state_is_wider_than_its_words(
    desk, visit
):
    desk.configure("hours", "calendars: {desk: {week: {mon: 03:00-03:01}}}\n")
    due = {"first_response_due_at": desk.now + 9 * HOUR, "subject": LONG}
    desk.write(*(ticket(100_000_000 + n, agent=None, **due) for n in range(9)))
    page = visit("/b/helpdesk?size=5m&kiosk=1&theme=light&lang=de", viewport={"width": 1080, "height": 1920})
    page.wait_for_selector("#lane .more:visible")
    rows = page.eval_on_selector_all("tbody .chip", PILLS)
    assert rows
    assert all(pill["room"] >= 0 for pill in rows), rows
    due_at, nobody = (
        page.locator(f"#lane li:first-child {part}").bounding_box() for part in (".due", ".nobody")
    )
    assert nobody["y"] > due_at["y"] + 10, "too wide for one line, or this test shows nothing"
    for pill in page.eval_on_selector_all("#lane .chip", PILLS):
        assert pill["idle"] < pill["em"]
    more = page.locator("#lane .more")
    assert more.bounding_box()["height"] < 2.2 * pill["em"]


@pytest.mark.parametrize("size", SIZES)
def test_no_screen_scrolls_sideways_and_nothing_essential_is_cut(wall, size):
    page = wall(f"size={size}")
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        found = page.evaluate(
            """() => {
              var wide = document.documentElement, cut = [], seen = n => n && n.offsetParent;
              document.querySelectorAll('tbody tr').forEach(function (row) {
                var box = row.getBoundingClientRect();
                ['.chip', '.left', '.id a', '.by .at', '.prio', 'td.agent'].forEach(function (part) {
                  var node = row.querySelector(part);
                  var at = seen(node) && node.getBoundingClientRect();
                  var text = part === '.by .at' || part === '.left';
                  var whole = text || part === 'td.agent' || !node || node.scrollWidth < node.clientWidth + 2;
                  if (!whole) { cut.push(part); }
                  if (at && (at.right > box.right + 1 || at.bottom > box.bottom + box.height / 15)) {
                    cut.push(part + ' outside');
                  }
                });
                if (!seen(row.querySelector('.subject p'))) { cut.push('subject'); }
              });
              return [wide.scrollWidth - wide.clientWidth, cut];
            }"""
        )
        assert found == [0, []], f"{width}x{height}"


def test_the_cells_of_a_row_never_cover_each_other(desk, visit):
    due = desk.now - timedelta(hours=23, minutes=59)
    new = {"created_at": desk.now, "updated_at": desk.now}
    long_name = Person(id="9", name="Željko Müller-Lüdenscheidt-Vandenberghe")
    desk.write(
        ticket(1, subject=LONG, agent=long_name, first_response_due_at=due, **new).with_(
            number="INC-1023456"
        ),
        ticket(
            2, subject=RTL, agent=None, first_response_due_at=desk.now + timedelta(days=9, hours=3), **new
        ),
    )
    page = visit("/b/helpdesk")
    for size in SIZES:
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            page.goto(page.url.split("?")[0] + f"?size={size}")
            page.wait_for_selector("tbody .left:not(:empty)")
            covered = page.evaluate(
                """() => [].concat.apply([], [].map.call(document.querySelectorAll('tbody tr'), row => {
                  var some = '.chip, .by .at, .id a, .subject p, .prio svg, .agent, .from', found = [];
                  var parts = [].filter.call(row.querySelectorAll(some), n => n.offsetParent);
                  parts.forEach(function (a, i) { parts.slice(i + 1).forEach(function (b) {
                    var x = a.getBoundingClientRect(), y = b.getBoundingClientRect();
                    if (Math.min(x.right, y.right) - Math.max(x.left, y.left) > 2
                      && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 4) {
                      found.push(a.className + '/' + b.className + a.textContent + '/' + b.textContent);
                    }
                  }); });
                  return found;
                }))"""
            )
            assert covered == [], f"{size} at {width}x{height}"


@pytest.mark.parametrize(("theme", "size"), [("dark", "5m"), ("light", "5m")])
def test_text_has_contrast_in_both_themes(wall, theme, size):
    page = wall(f"size={size}", color_scheme=theme, viewport={"width": 1920, "height": 1080})
    loud = page.evaluate(
        CONTRAST, "tbody .chip, tbody .left, tbody .subject a, tbody .id a, td, .prio, .nobody"
    )
    assert len(loud) > 20
    assert [words for ratio, words in loud if ratio < 7] == []
    every = page.evaluate(CONTRAST, "body *")
    assert [words for ratio, words in every if ratio < 4.5] == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_is_not_to_be_relied_on_is_dim_and_still_read(desk, wall, theme):
    desk.beat(last_good_at=desk.now - 2 * HOUR)
    page = wall(color_scheme=theme)
    page.wait_for_selector("body.stop")
    every = page.evaluate(CONTRAST, "main *")
    assert [words for ratio, words in every if ratio < 4.5] == []
    assert "grayscale" in page.eval_on_selector("main", "n => getComputedStyle(n).filter")


def test_each_state_has_a_shape_and_a_word_of_its_own(wall):
    page = wall()
    seen = page.eval_on_selector_all(
        "tbody tr",
        """rows => rows.map(r => [r.querySelector('.chip use').getAttribute('href'),
          r.querySelector('.chip').childNodes[1].data.trim(), r.className])""",
    )
    by_class = {state.split()[0]: (shape, words) for shape, words, state in seen}
    assert by_class.keys() >= {"overdue", "critical", "warning", "ok", "paused"}
    assert len({shape for shape, _ in by_class.values()}) == len(by_class)
    assert len({words for _, words in by_class.values()}) == len(by_class)
    tiles = page.eval_on_selector_all(
        ".tile:not(.total)", "ts => ts.map(t => [t.querySelector('use').getAttribute('href'), t.innerText])"
    )
    assert len({shape for shape, _ in tiles}) == len(tiles)
    assert all(any(c.isalpha() for c in words) for _, words in tiles)
    priorities = page.eval_on_selector_all(
        "td.prio", "ts => ts.map(t => t.querySelector('use').getAttribute('href') + t.innerText.trim())"
    )
    assert len(set(priorities)) == 4


def test_due_times_are_said_as_people_say_them(wall):
    page = wall()
    late, soon = page.inner_text("tr.overdue .sla"), page.inner_text("tr.critical .sla")
    assert "Overdue" in late
    assert "1 h 05 m" in late
    assert "Response was due " in late
    assert "Response due " in soon


def test_the_total_of_a_busy_board_swells_softly_and_of_a_flooded_one_has_two_sirens(desk, gui, visit):
    desk.configure("boards", "helpdesk: {title: Helpdesk, thresholds: {pulse: 2, siren: 6}}")
    desk.write(*(ticket(n) for n in range(3)))
    wait_until(lambda: b"busy" in gui.ask("/b/helpdesk")[2], "the thresholds are read")
    page = visit("/b/helpdesk")
    page.wait_for_selector(".total.busy")
    assert "busy" in page.inner_text(".total")
    swell = "getComputedStyle(document.querySelector('.total'), '::after')"
    assert page.evaluate(f"{swell}.animationName") == "swell"
    assert float(page.evaluate(f"{swell}.animationDuration").rstrip("s")) >= 1
    desk.write(*(ticket(n) for n in range(8)))
    page.wait_for_selector(".total.flooded")
    assert page.locator(".total use[href='#siren']").count() == 2
    assert "too many" in page.inner_text(".total")
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(f"{swell}.animationName") == "none"


def test_nothing_moves_for_those_who_asked_for_calm(wall):
    page = wall(reduced_motion="reduce")
    moving = "ns => ns.filter(n => getComputedStyle(n).animationName !== 'none').length"
    assert page.eval_on_selector_all("body *", moving) == 0


def test_a_phone_shows_what_is_due_and_how_urgent_it_is_first(wall):
    page = wall(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    top = "n => n.getBoundingClientRect().top"
    sla, prio, subject = (
        page.eval_on_selector(f"tr.critical {part}", top) for part in (".chip", "td.prio", ".subject")
    )
    assert sla < prio < subject
    for part in ("tr.critical .id a", "#theme"):
        box = page.locator(part).first.bounding_box()
        assert box["height"] >= 44, part


def test_paper_is_white_and_holds_every_row(wall):
    page = wall(color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('td.subject a, td.subject p')).color")
        == "rgb(0, 0, 0)"
    )
    assert page.locator("#theme").is_hidden()
    assert all(row.is_visible() for row in page.locator("tbody tr").all())
    assert page.eval_on_selector("header", "n => getComputedStyle(n).position") == "static"


def test_a_new_urgent_ticket_says_so_in_a_word(desk, visit):
    desk.write(ticket(1, priority=Priority.URGENT, created_at=desk.now, first_seen_at=desk.now), ticket(2))
    page = visit("/b/helpdesk")
    page.wait_for_selector("tr.new .fresh")
    assert page.inner_text("tr.new .fresh").lower() == "new"
    assert page.locator(".fresh:visible").count() == 1


def test_the_density_of_rows_can_be_chosen(wall):
    heights = []
    for density in ("compact", "normal", "roomy"):
        page = wall(f"density={density}")
        heights.append(page.eval_on_selector("tr.critical", "n => n.getBoundingClientRect().height"))
    assert heights == sorted(heights)
    assert heights[0] < heights[-1]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_list_of_boards_hands_out_links_and_qr_codes(visit, theme):
    page = visit("/boards", color_scheme=theme)
    assert "/b/helpdesk?kiosk=1&size=5m" in page.inner_text(".boards")
    page.click("summary >> nth=1")
    code = page.locator(".qr >> nth=1")
    box = code.bounding_box()
    assert box["width"] == box["height"] >= 150
    paths = code.locator("path").evaluate_all(
        "ps => ps.map(p => [getComputedStyle(p).fill, getComputedStyle(p).stroke])"
    )
    assert paths[0][0] == "rgb(255, 255, 255)"
    assert paths[1][1] == "rgb(0, 0, 0)"


def test_the_header_of_a_phone_has_room_for_everything_that_stands_in_it(desk, gui, visit):
    desk.configure("boards", "helpdesk: {title: Helpdesk}\nps: {title: Professional services}")
    wait_until(lambda: gui.ask("/b/ps")[0] == 200, "the second board is there")
    page = visit("/b/helpdesk", viewport={"width": 360, "height": 740})
    page.wait_for_selector("#theme:not([hidden])")
    page.evaluate("document.querySelector('#age span').textContent = 'Data 14 min old'")
    for part in ("h1", "nav a", "#age", "#theme"):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0, part
        assert box["x"] + box["width"] <= 360, part
