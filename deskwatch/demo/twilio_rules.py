"""What a request must look like. Stricter than Twilio: unknown fields are refused, they would do nothing.

Error codes as on https://www.twilio.com/docs/api/errors; numbers that always fail as on
https://www.twilio.com/docs/iam/test-credentials.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from deskwatch.demo.twilio_state import RefusalError, TwilioState


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MESSAGE_FIELDS = _names("""
    To From MessagingServiceSid Body MediaUrl ContentSid ContentVariables StatusCallback ApplicationSid
    MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention AddressRetention
    SmartEncoded PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms RiskCheck Tags
""")
CALL_FIELDS = _names("""
    To From Url Twiml ApplicationSid Method FallbackUrl FallbackMethod StatusCallback StatusCallbackEvent
    StatusCallbackMethod SendDigits Timeout Record RecordingChannels RecordingStatusCallback CallReason Byoc
    RecordingStatusCallbackMethod RecordingStatusCallbackEvent RecordingTrack SipAuthUsername SipAuthPassword
    Trim CallerId CallToken TimeLimit MachineDetection MachineDetectionTimeout MachineDetectionSpeechThreshold
    MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AsyncAmd AsyncAmdStatusCallback
    AsyncAmdStatusCallbackMethod
""")
MESSAGE_FILTERS = _names("To From DateSent DateSent< DateSent> PageSize Page PageToken")
CALL_FILTERS = _names("""
    To From ParentCallSid Status StartTime StartTime< StartTime> EndTime EndTime< EndTime> PageSize Page
    PageToken
""")

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_REFUSED_RECIPIENTS = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    "+15005550002": (21612, "Twilio cannot route to this number."),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
_REFUSED_CALLEES = {
    "+15005550001": (21217, "The phone number is invalid."),
    "+15005550002": (21214, "'To' phone number cannot be reached"),
    "+15005550003": (21215, "Account not authorized to call the number."),
    "+15005550004": (21216, "Account not allowed to call the number."),
}
_REFUSED_SENDERS = {
    "+15005550001": (400, 21212, "The 'From' number is not a valid phone number."),
    "+15005550007": (400, 21606, "The 'From' phone number is not a valid, SMS-capable number."),
    "+15005550008": (429, 21611, "This 'From' number has exceeded the maximum number of queued messages"),
}
_MAGIC_SENDER = "+15005550006"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOrder:
    """A message request that is in order."""

    to: str
    sender: str | None
    body: str
    service: str | None
    content_sid: str | None
    validity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrder:
    """A call request that is in order."""

    to: str
    sender: str
    twiml: str
    ring: int


def read_message(form: Mapping[str, str], state: TwilioState) -> MessageOrder:
    """The message that a form asks for.

    Raises:
        RefusalError: as Twilio would answer.
    """
    _known(form, MESSAGE_FIELDS)
    to, service = form.get("To", ""), form.get("MessagingServiceSid")
    if not to:
        raise RefusalError(400, 21604, "A 'To' phone number is required.")
    sender = form.get("From")
    if not sender and not service:
        raise RefusalError(400, 21603, "A 'From' phone number is required.")
    if sender and sender.startswith("whatsapp:") != to.startswith("whatsapp:"):
        raise RefusalError(400, 21910, "Invalid From and To pair. From and To should be of the same channel")
    _check_recipient(to, _REFUSED_RECIPIENTS, state)
    _check_sender(sender, state)
    if sender and (to, sender) in state.opted_out:
        raise RefusalError(400, 21610, "Attempt to send to unsubscribed recipient")
    return MessageOrder(
        to=to,
        sender=sender,
        body=_text(form, state),
        service=service,
        content_sid=form.get("ContentSid"),
        validity=_number(form, "ValidityPeriod", 36000, 1, 36000),
    )


def read_call(form: Mapping[str, str], state: TwilioState) -> CallOrder:
    """The call that a form asks for.

    Raises:
        RefusalError: as Twilio would answer.
    """
    _known(form, CALL_FIELDS)
    to, sender, twiml = form.get("To", ""), form.get("From", ""), form.get("Twiml", "")
    if not to:
        raise RefusalError(400, 21201, "No 'To' number is specified")
    if not sender:
        raise RefusalError(400, 21213, "'From' phone number is required")
    if not twiml:
        raise RefusalError(400, 21205, "Url parameter is required.")
    if len(twiml) > 4000:
        raise RefusalError(400, 21219, "Twiml must be at most 4000 characters")
    _check_recipient(to, _REFUSED_CALLEES, state)
    _check_sender(sender, state)
    try:
        is_response = ElementTree.fromstring(twiml).tag == "Response"
    except ElementTree.ParseError:
        is_response = False
    if not is_response:
        raise RefusalError(400, 12100, "Document parse failure")
    return CallOrder(to=to, sender=sender, twiml=twiml, ring=_number(form, "Timeout", 60, 1, 600))


def check_filters(query: Mapping[str, str], known: frozenset[str]) -> int:
    """The page size a list asks for.

    Raises:
        RefusalError: unknown filters, or more than 1,000 rows a page.
    """
    _known(query, known)
    return _number(query, "PageSize", 50, 1, 1000)


def _known(form: Mapping[str, str], fields: frozenset[str]) -> None:
    if strange := sorted(set(form) - fields):
        raise RefusalError(400, 20001, f"Unknown parameter: {', '.join(strange)}")


def _check_recipient(to: str, refused: Mapping[str, tuple[int, str]], state: TwilioState) -> None:
    number = to.removeprefix("whatsapp:")
    if not _E164.fullmatch(number):
        raise RefusalError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if number in refused:
        raise RefusalError(400, *refused[number])
    trial = state.switches.trial_numbers
    if trial is not None and number not in trial:
        raise RefusalError(400, 21608, f"The number {to} is unverified. Trial accounts cannot send to it.")


def _check_sender(sender: str | None, state: TwilioState) -> None:
    if sender is None:
        return
    if sender in _REFUSED_SENDERS:
        raise RefusalError(*_REFUSED_SENDERS[sender])
    if sender.removeprefix("whatsapp:") in state.numbers or sender == _MAGIC_SENDER:
        return
    if sender.startswith("whatsapp:"):
        raise RefusalError(400, 63007, "Twilio could not find a Channel with the specified From address")
    raise RefusalError(400, 21606, f"The 'From' phone number {sender} is not a valid, SMS-capable number.")


def _text(form: Mapping[str, str], state: TwilioState) -> str:
    body, content = form.get("Body", ""), form.get("ContentSid")
    if content is not None:
        return _templated(content, form.get("ContentVariables", "{}"), state)
    if not body:
        raise RefusalError(400, 21602, "Message body is required.")
    if len(body) > 1600:
        raise RefusalError(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    return body


def _templated(content: str, variables: str, state: TwilioState) -> str:
    if content not in state.templates:
        raise RefusalError(400, 21655, "The ContentSid is Invalid")
    try:
        values = json.loads(variables)
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) and value for value in values.values()):
        raise RefusalError(400, 21656, "The ContentVariables Parameter is invalid")
    if any(re.search(r"[\n\t]| {5}", value) for value in values.values()):
        raise RefusalError(400, 21656, "The ContentVariables Parameter is invalid: line breaks or tabs")
    return state.rendered(content, values)


def _number(form: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = form.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise RefusalError(400, 20001, f"{name} must be a whole number from {least} to {most}")
    return int(text)
