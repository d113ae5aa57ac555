"""The first line of the notifier's log: which channels there are, and whether anybody is told."""

from pathlib import Path

import pytest

from deskwatch.config import Home, load
from deskwatch.pager.channels_words import channels_words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "",
            "No channel (SMS, e-mail, chat) is configured: alerts go to the log only (alerts.mode: log) "
            "and nobody is told.",
        ),
        (
            "mode: live\nchannels: {}\n",
            "No channel (SMS, e-mail, chat) is configured: alerts go to the log only (alerts.mode: live) "
            "and nobody is told.",
        ),
        (
            "channels: {console: {kind: console}, trail: {kind: file}}\n",
            "Channels: console, trail (file). alerts.mode is log: "
            "the log says who would have been told, and nobody is.",
        ),
        (
            "mode: live\nchannels: {console: {kind: console}, trail: {kind: file, enabled: false}}\n",
            "Channels: console; switched off: trail (file). alerts.mode is live: people are told.",
        ),
        (
            "mode: redirect\nredirect: {channel: trail, to: mia}\nchannels: {trail: {kind: file}}\n",
            "Channels: trail (file). alerts.mode is redirect: everything goes to mia by trail.",
        ),
    ],
)
def test_the_channels_are_said_in_words(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "alerts.yaml").write_text(text, "utf-8")
    assert channels_words(load(Home(tmp_path), env={})) == said
