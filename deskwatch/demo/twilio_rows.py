"""Messages and calls as the API writes them: every value a text, instants as in e-mail."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from deskwatch.core.gsm7 import segments
from deskwatch.demo.twilio_state import ACCOUNT_SID, Call, Message, Switches

VERSION = "2010-04-01"
ROOT = f"/{VERSION}/Accounts/{ACCOUNT_SID}"


def instant(at: datetime | None) -> str | None:
    """RFC 2822, to the second."""
    return None if at is None else format_datetime(at)


def message_row(message: Message, *, now: datetime, switches: Switches) -> dict[str, Any]:
    """https://www.twilio.com/docs/messaging/api/message-resource"""
    status, code, sent_at = message.state(now, switches)
    uri = f"{ROOT}/Messages/{message.sid}"
    chosen = message.sender is None and sent_at is None
    return {
        "account_sid": ACCOUNT_SID,
        "api_version": VERSION,
        "body": message.body,
        "date_created": instant(message.created_at),
        "date_sent": instant(sent_at),
        "date_updated": instant(sent_at or message.created_at),
        "direction": "inbound" if message.inbound else "outbound-api",
        "error_code": code,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": message.service,
        "num_media": "0",
        "num_segments": "0" if chosen else str(segments(message.body)),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def call_row(call: Call, *, now: datetime) -> dict[str, Any]:
    """https://www.twilio.com/docs/voice/api/call-resource; what is said is not part of it."""
    status, started_at = call.state(now)
    return {
        "account_sid": ACCOUNT_SID,
        "answered_by": None,
        "api_version": VERSION,
        "caller_name": None,
        "date_created": instant(call.created_at),
        "date_updated": instant(started_at or call.created_at),
        "direction": "outbound-api",
        "duration": None,
        "end_time": None,
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": instant(started_at),
        "status": status,
        "subresource_uris": {},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{ROOT}/Calls/{call.sid}.json",
    }


def account_row(switches: Switches) -> Mapping[str, Any]:
    """https://www.twilio.com/docs/iam/api/account"""
    return {
        "auth_token": "Redacted",
        "date_created": "Thu, 01 Jan 2026 00:00:00 +0000",
        "date_updated": "Thu, 01 Jan 2026 00:00:00 +0000",
        "friendly_name": "Deskwatch demo",
        "owner_account_sid": ACCOUNT_SID,
        "sid": ACCOUNT_SID,
        "status": "suspended" if switches.suspended else "active",
        "subresource_uris": {},
        "type": "Full" if switches.trial_numbers is None else "Trial",
        "uri": f"{ROOT}.json",
    }
