"""Phone numbers and mail addresses as they can be used: what a provider would misread is refused here."""

import re
import unicodedata
from typing import Annotated

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from pydantic import AfterValidator, WithJsonSchema

from deskwatch.settings import clip

_E164 = r"\+[1-9][0-9]{6,14}"
_HOW = "expected a phone number with its country code such as +491701234567"
_NO_MOBILE = {
    PhoneNumberType.FIXED_LINE: "a fixed line",
    PhoneNumberType.PERSONAL_NUMBER: "a personal number",
}
_MAIL = re.compile(
    r"(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def check_phone(text: str) -> str:
    """The number itself when it is E.164 (ITU-T) and in use somewhere in the world.

    Raises:
        ValueError: it is not; the message proposes what may have been meant.
    """
    if re.search(r"(?i)\bext|[xX;#]", text):
        raise ValueError(f"{clip(text)} has an extension, which no provider can dial; write a direct number")
    if not re.fullmatch(_E164, text):
        raise ValueError(f"{_HOW}, got {clip(text)}.{_meant(text)}".removesuffix("."))
    if not phonenumbers.is_valid_number(phonenumbers.parse(text)):
        raise ValueError(f"{clip(text)} is no number of any country's plan; a digit is missing or wrong")
    return text


def _meant(text: str) -> str:
    """The same digits in the form that can be used, if that is a number at all."""
    digits = unicodedata.normalize("NFKC", text).strip().removeprefix("whatsapp:").removeprefix("tel:")
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if not digits.startswith("+") or any(character.isalpha() for character in digits):
        return ""
    try:
        number = phonenumbers.parse(digits)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return f' Did you mean "{phonenumbers.format_number(number, PhoneNumberFormat.E164)}"?'


def no_mobile(number: str) -> str | None:
    """What a checked number is when a text message probably cannot reach it; else ``None``."""
    return _NO_MOBILE.get(phonenumbers.number_type(phonenumbers.parse(number)))


def check_mail(text: str) -> str:
    """The mail address itself, without a display name, in ASCII (RFC 5321 section 4.1.2, unquoted).

    Raises:
        ValueError: it is none.
    """
    if not _MAIL.fullmatch(text) or len(text.partition("@")[0]) > 64:
        raise ValueError(f"expected a mail address such as ana@example.com, got {clip(text)}")
    return text


Phone = Annotated[
    str, AfterValidator(check_phone), WithJsonSchema({"type": ["string", "number"], "pattern": f"^{_E164}$"})
]
"""A phone number in E.164: ``+491701234567``."""

Mail = Annotated[str, AfterValidator(check_mail), WithJsonSchema({"type": "string", "format": "email"})]
"""A mail address: ``ana@example.com``."""
