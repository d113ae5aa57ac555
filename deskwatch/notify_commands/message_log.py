"""``notifier.py log``: every message, whom it went to and what became of it."""

from datetime import datetime

from deskwatch import cli
from deskwatch.core.delivery import Notification
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.words import masked, say

MOST = 1000


def print_log(view: DeskView, *, since: datetime, whole: bool) -> int:
    """Print the messages since then, oldest first; ``whole``: with their texts. The exit code."""
    sent = view.outbox.notifications_since(since, limit=MOST) if view.outbox is not None else ()
    if not sent:
        say(f"No message since {since.astimezone(view.config.zone):%Y-%m-%d %H:%M}.")
        return cli.OK
    if len(sent) == MOST:
        say(f"The newest {MOST} messages:")
    for each in sent:
        at = each.sent_at or each.tried_at or each.created_at
        when = f"{at.astimezone(view.config.zone):%Y-%m-%d %H:%M:%S}"
        say(f"{when}  [{each.code}] {each.channel} to {_name(view, each)}: {fate(each)}")
        for line in each.text.splitlines() if whole else [each.subject]:
            say(f"    {line}")
    return cli.OK


def fate(sent: Notification) -> str:
    """What became of a message, with the provider's own words: ``delivered (delivered, id SM12)``."""
    told = [word for word in (sent.provider_status, sent.provider_id and f"id {sent.provider_id}") if word]
    words = f"{sent.state} ({', '.join(told)})" if told else str(sent.state)
    if sent.error:
        words += f": {sent.error}"
    if sent.error_code and f"({sent.error_code})" not in (sent.error or ""):
        words += f" [{sent.error_code}]"
    return f"{words}, sent {sent.attempts} times" if sent.attempts > 1 else words


def _name(view: DeskView, sent: Notification) -> str:
    contact = view.desk.contact(sent.person)
    name = contact.name if contact else sent.person
    return f"{name} ({masked(sent.address)})" if sent.address else name
