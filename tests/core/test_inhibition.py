"""An alert that another one makes pointless is not raised."""

from deskwatch.core.alerts import AlertKind
from deskwatch.core.routing import inhibited
from tests.core.night_desk import TUESDAY_NIGHT, alert, desk, raised

BREACH = alert(AlertKind.SLA_BREACH, target="resolution")
WARNING = alert(AlertKind.SLA_WARNING, target="resolution")
STALE = {"demo": TUESDAY_NIGHT}


def test_a_missed_deadline_mutes_the_warnings_of_the_same_deadline() -> None:
    why = inhibited(WARNING, stale_sources={}, open_alerts=[raised(BREACH, on=desk())])
    assert why == "the same deadline is missed already, and that was told"
    assert inhibited(WARNING, stale_sources={}, open_alerts=[BREACH]) == why


def test_another_deadline_another_ticket_and_itself_mute_nothing() -> None:
    others = [
        alert(AlertKind.SLA_BREACH, target="first_response"),
        alert(AlertKind.SLA_BREACH, target="resolution", ticket="demo-13"),
        WARNING,
    ]
    assert inhibited(WARNING, stale_sources={}, open_alerts=others) is None
    assert inhibited(BREACH, stale_sources={}, open_alerts=[BREACH]) is None


def test_a_feed_that_stands_still_mutes_what_time_alone_brings_about() -> None:
    for kind in (AlertKind.SLA_WARNING, AlertKind.SLA_BREACH, AlertKind.ESCALATED):
        why = inhibited(alert(kind, target="resolution"), stale_sources=STALE, open_alerts=[])
        assert why is not None
        assert why.startswith("the feed of demo is stale since 2026-03-10T02:00:00Z")


def test_a_feed_that_stands_still_mutes_no_news_and_no_other_source() -> None:
    assert inhibited(alert(AlertKind.CREATED), stale_sources=STALE, open_alerts=[]) is None
    assert inhibited(BREACH, stale_sources={"acme": TUESDAY_NIGHT}, open_alerts=[]) is None
