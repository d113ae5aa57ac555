"""What an admin may say about SMS, WhatsApp and voice calls through Twilio."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from deskwatch.channels.channel_settings import ChannelSettings
from deskwatch.channels.phone import parse_phone
from deskwatch.settings import (
    Duration,
    HomePath,
    Secret,
    Strict,
    Surroundings,
    at_least,
    at_most,
    clip,
    is_loopback,
    split_address,
)

_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}")
"""An alphanumeric sender: https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id"""


def _sid(prefix: str, what: str, where: str) -> AfterValidator:
    """A Twilio identifier: two letters and 32 hexadecimal digits."""

    def check(text: str) -> str:
        if not re.fullmatch(f"{prefix}[0-9a-fA-F]{{32}}", text.strip()):
            raise ValueError(f"expected {what}: {prefix} and 32 digits or letters a-f, from {where}")
        return text.strip()

    return AfterValidator(check)


AccountSid = Annotated[str, _sid("AC", "the account SID", "the first page of Twilio's console")]
ApiKeySid = Annotated[str, _sid("SK", "the SID of an API key", "API keys in Twilio's console")]
ServiceSid = Annotated[
    str, _sid("MG", "the SID of a messaging service", "Messaging > Services in the console")
]
ContentSid = Annotated[str, _sid("HX", "the SID of an approved template", "the Content Template Builder")]


def _api_address(text: str) -> str:
    parts = split_address(text.strip())
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("must start with https://: the credentials travel along (http is for this machine)")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("expected an address such as https://api.twilio.com, without log-in or parameters")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _sms_sender(text: str) -> str:
    text = text.strip()
    return text if _SHORT_CODE.fullmatch(text) or _NAME.fullmatch(text) else parse_phone(text)


Phone = Annotated[str, AfterValidator(parse_phone)]
SmsSender = Annotated[str, AfterValidator(_sms_sender)]


class TwilioSettings(ChannelSettings):
    """The account behind a channel. Either ``auth_token``, or ``api_key`` with ``api_secret``."""

    account_sid: AccountSid
    """``AC…``; may be ``env:TWILIO_ACCOUNT_SID``."""
    auth_token: Secret | None = None
    """The account's token. Default without an API key: ``TWILIO_AUTH_TOKEN``."""
    api_key: ApiKeySid | None = None
    """``SK…``: an API key instead of the token; it can be revoked alone."""
    api_secret: Secret | None = None
    """The secret of the API key. Default: ``TWILIO_API_SECRET``."""
    base_url: Annotated[str, AfterValidator(_api_address)] = "https://api.twilio.com"
    """Where the API is: another one for tests and gateways."""
    ca_file: HomePath | None = None
    """Certificates (PEM) to trust as well, for a mail server or gateway with a certificate of the company."""
    connect_timeout: Annotated[Duration, at_least("0.2s"), at_most("1m")] = timedelta(seconds=5)
    """The longest wait for a connection; part of ``timeout``."""

    @model_validator(mode="before")
    @classmethod
    def _usual_places_of_secrets(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = {key: value for key, value in data.items() if value is not None}
        if "api_key" in data:
            data.setdefault("api_secret", "TWILIO_API_SECRET")
        elif "api_secret" not in data:
            data.setdefault("auth_token", "TWILIO_AUTH_TOKEN")
        return data

    @model_validator(mode="after")
    def _one_way_to_log_in(self) -> Self:
        if self.api_secret is not None and self.api_key is None:
            raise ValueError("api_secret belongs to an api_key (SK…), which is missing")
        if self.api_key is not None and self.auth_token is not None:
            raise ValueError("set either auth_token or api_key, not both")
        return self

    @field_validator("base_url")
    @classmethod
    def _no_region_beside_it(cls, base_url: str, info: ValidationInfo) -> str:
        surroundings: Surroundings | None = info.context
        if base_url == cls.model_fields["base_url"].default or surroundings is None:
            return base_url
        for name in ("TWILIO_REGION", "TWILIO_EDGE"):
            if surroundings.variable(name):
                raise ValueError(
                    f"the environment variable {name} changes every address of Twilio; "
                    "unset it, or leave base_url out"
                )
        return base_url


class _MessageSettings(TwilioSettings):
    messaging_service_sid: ServiceSid | None = None
    """``MG…``: a messaging service that chooses the sender; instead of ``sender``."""
    validity_period: Annotated[Duration, at_least("1s"), at_most("10h")] = timedelta(minutes=15)
    """How long Twilio may keep a message that it cannot send at once. A page that is hours late is noise."""

    @model_validator(mode="after")
    def _one_sender(self) -> Self:
        if (getattr(self, "sender", None) is None) == (self.messaging_service_sid is None):
            raise ValueError("set either sender or messaging_service_sid")
        return self


class SmsSettings(_MessageSettings):
    """Text messages through Twilio."""

    kind: Literal["sms"] = "sms"
    sender: SmsSender | None = None
    """The number texts come from: ``"+12025550143"``; also a short code or, where allowed, a name. People can
    only answer to a number."""
    segments: Annotated[int, Field(ge=1, le=4)] = 1
    """The longest text in segments of 160 letters; each is paid for. Longer texts are cut."""


class TemplateSettings(Strict):
    """A template that WhatsApp has approved."""

    content_sid: ContentSid
    """``HX…``"""
    variables: dict[str, str] = Field(default_factory=lambda: {"1": "code", "2": "number", "3": "text"})
    """Which fact fills which variable of the template: ``code``, ``text``, ``subject``, ``url`` or a fact of
    ``docs/pager.md``. One must be ``code`` or ``text``, or messages could not be found again."""

    @field_validator("variables")
    @classmethod
    def _can_be_found_again(cls, variables: dict[str, str]) -> dict[str, str]:
        for name in variables:
            if not re.fullmatch(r"[A-Za-z0-9_]{1,16}", name):
                raise ValueError(
                    f"{clip(name)} cannot be a variable of a template: they are called 1, 2, 3 …"
                )
        if not {"code", "text"} & set(variables.values()):
            raise ValueError("one variable must be filled with code or text")
        return variables


class WhatsAppSettings(_MessageSettings):
    """WhatsApp messages through Twilio."""

    kind: Literal["whatsapp"] = "whatsapp"
    sender: Phone | None = None
    """The number of your WhatsApp sender: ``"+12025550143"``, without ``whatsapp:``."""
    template: TemplateSettings | None = None
    """For people who wrote nothing within 24 hours: WhatsApp then takes nothing but an approved template."""


class VoiceSettings(TwilioSettings):
    """Phone calls through Twilio that say the text twice."""

    kind: Literal["voice"] = "voice"
    sender: Phone
    """The number calls come from: ``"+12025550143"``."""
    ring_timeout: Annotated[Duration, at_least("5s"), at_most("10m")] = timedelta(seconds=40)
    """How long it rings. Longer than the answering machine needs means: the machine takes the call."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")] = "en-US"
    """The language in which texts are read out."""
    voice: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,60}$")] | None = None
    """Who reads: a voice of Twilio such as ``Polly.Joanna``. Default: Twilio's own choice."""
