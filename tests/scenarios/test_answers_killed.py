"""Whoever takes a ticket by text message hears it exactly once, though the notifier is killed meanwhile."""

import sys
from pathlib import Path

import pytest

from tests.scenarios.paging import ALERTS, ANA, SETTLE, Behaviour, PagerHome, Twilio
from tests.scenarios.running import until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="kills process groups"),
    pytest.mark.timeout(240),
]
QUICK = ALERTS.replace(
    "delivery: {", f"delivery: {{replies_fast: 0.2s, replies_slow: 0.2s, settle_normal: {SETTLE}s, "
)


@pytest.mark.parametrize("behaviour", ["completes", "drops"])
def test_the_answer_comes_once_whatever_dies_when(tmp_path: Path, behaviour: Behaviour) -> None:
    twilio = Twilio(behaviour, delay=(0.2, 0.4))
    desk = PagerHome(tmp_path / "home", twilio, alerts=QUICK)

    def answers() -> list[str]:
        return [text for text in twilio.texts if "yours" in text]

    def asked() -> int:
        return sum(each["method"] == "POST" for each in twilio.control("requests"))

    try:
        run = desk.start()
        desk.until_awake(run)
        desk.write()
        until(lambda: twilio.texts, "nobody was paged")
        code = twilio.texts[0][1:5]
        before = asked()
        twilio.control("reply", {"from": ANA, "text": code})
        until(lambda: asked() > before or answers(), "nobody is answered", patience=30)
        desk.kill(run)  # the request is under way, and nobody hears how it ends
        desk.until_awake(desk.start())
        until(answers, "the answer is lost", patience=60)
        desk.drain(patience=30)
        assert len(answers()) == 1, twilio.texts
        assert "#1001 is yours. Nobody else will be called before" in answers()[0]
        assert len(twilio.texts) == 2
    finally:
        desk.end()
        twilio.end()
