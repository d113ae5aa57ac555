"""``notifier.py test``: one real message to one person, whatever the mode, and what the provider said."""

from uuid import uuid4

from deskwatch import cli
from deskwatch.channels.build import build
from deskwatch.channels.channel import Channel, DeliveryError
from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.core.people import Contact, Urgency
from deskwatch.errors import DeskwatchError, UsageError
from deskwatch.messages import Messages, medium_of
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.words import masked, say
from deskwatch.pager.codes import Codes
from deskwatch.settings import nearest_words
from deskwatch.store.database import open_database
from deskwatch.store.errors import StoreError
from deskwatch.store.outbox import Outbox

ALL = "all"


def send_tests(view: DeskView, to: str, channel: str) -> int:
    """Send through one channel, or every channel the person has. The exit code.

    Raises:
        UsageError: there is no such person or channel, or the person has no address for it.
    """
    contact = view.contact(to)
    names = _channels(view, contact, channel)
    return max(_send_test(view, contact, name) for name in names)


def _channels(view: DeskView, contact: Contact, wanted: str) -> list[str]:
    configured = view.config.alerts.channels
    if wanted == ALL:
        own = (way.channel for way in (*contact.urgent, *contact.normal))
        names = [name for name in dict.fromkeys([*contact.addresses, *own]) if name in configured]
        names = [name for name in names if _reaches(view, contact, name)]
        if not names:
            raise UsageError(f"{contact.id} has no address for any channel of config/alerts.yaml")
        return names
    if wanted not in configured:
        raise UsageError(
            f"there is no channel {wanted} in config/alerts.yaml{nearest_words(wanted, configured)}"
        )
    if not _reaches(view, contact, wanted):
        raise UsageError(f"{contact.id} has no address for {wanted} in config/people.yaml")
    return [wanted]


def _reaches(view: DeskView, contact: Contact, name: str) -> bool:
    return name in contact.addresses or not view.desk.channels[name].is_personal


def _send_test(view: DeskView, contact: Contact, name: str) -> int:
    where = f"{name} to {contact.name} ({masked(contact.addresses.get(name, ''))})"
    try:
        channel = build(name, view.config.alerts.channels[name])
        receipt = channel.send(_notification(view, contact, channel))
        channel.close()
    except DeliveryError as error:
        failure = error.failure
        code = f" [{failure.code}]" if failure.code and f"({failure.code})" not in failure.words else ""
        say(f"NOT {where}: {failure.words}{code}")
        return cli.UNREACHABLE if failure.kind in ("transient", "unknown") else cli.FINDINGS
    except DeskwatchError as error:
        say(f"NOT {where}: {error}")
        return cli.FINDINGS
    id_ = f", id {receipt.provider_id}" if receipt.provider_id else ""
    status = f" ({receipt.status})" if receipt.status else ""
    arrived = "delivered" if receipt.state == "delivered" else "accepted; look whether it arrives"
    say(f"ok  {where}: {arrived}{status}{id_}")
    if _believe_again(view, contact, name):
        say(f"    {name} was marked as an address that never works; it is used again")
    return cli.OK


def _believe_again(view: DeskView, contact: Contact, name: str) -> bool:
    """Take the mark off an address that has just worked; whether there was one."""
    if view.outbox is None:
        return False
    try:
        if not any((each.person, each.channel) == (contact.id, name) for each in view.outbox.broken()):
            return False
        engine = open_database(view.config.database)
        Outbox(engine).mark_mended(contact.id, name)
        engine.dispose()
    except StoreError as problem:
        say(f"    whether it is marked as an address that never works cannot be told: {problem}")
        return False
    return True


def _notification(view: DeskView, contact: Contact, channel: Channel) -> Notification:
    code = Codes().new()
    messages: Messages = view.terms.messages
    wall = view.config.alerts.texts.wall_url
    text = messages.test(medium_of(channel.medium), recipient=contact, code=code, now=view.now, base_url=wall)
    return Notification(
        id=uuid4().hex,
        code=code,
        alerts=(f"test|{code}",),
        person=contact.id,
        channel=channel.name,
        address=contact.addresses.get(channel.name, ""),
        urgency=Urgency.URGENT,
        state=NotificationState.SENDING,
        created_at=view.now,
        subject=text.subject,
        text=text.text,
        html=text.html,
        url=text.url,
        thread=text.thread,
        facts={"kind": "test"},
        tried_at=view.now,
    )
