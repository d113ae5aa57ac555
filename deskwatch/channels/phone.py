"""Phone numbers as the configuration must write them: E.164, nothing guessed."""

import re
import unicodedata

from deskwatch.settings import clip

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EXAMPLE = 'such as "+12025550143"'


def parse_phone(text: str) -> str:
    """A phone number in E.164: ``+``, country code, number, nothing between them.

    Raises:
        ValueError: it is something else, or its country has no numbers like it; with the likely correction.
    """
    number = text.strip()
    if not _E164.fullmatch(number):
        raise ValueError(f"{clip(number)} is not a phone number {_EXAMPLE}.{_correction(number)}")
    import phonenumbers  # only those pay for its tables who have numbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        raise ValueError(f"{clip(number)} has no country code that exists; expected {_EXAMPLE}") from None
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(f"{clip(number)} has too few or too many digits for its country")
    plain = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if plain != number:
        raise ValueError(f'{clip(number)} is not how its country writes it. Did you mean "{plain}"?')
    return number


def phone_warning(number: str) -> str | None:
    """What is odd about a number that ``parse_phone`` accepts: unassigned, or hardly a mobile phone."""
    import phonenumbers

    parsed = phonenumbers.parse(number)
    if not phonenumbers.is_valid_number(parsed):
        return f"{number} is not in use in its country, as far as is known"
    if phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.FIXED_LINE:
        return f"{number} is a landline: it can be called, but hardly gets text messages"
    return None


def _correction(text: str) -> str:
    """`` Did you mean …?`` when only the punctuation is wrong."""
    text = unicodedata.normalize("NFKC", text)  # digits of other alphabets and widths
    if not set(text) <= set("+0123456789 -./()"):
        return ""
    text = text.replace("(0)", "")  # dialled inside the country only: +49 (0) 170 …
    digits = "".join(character for character in text if character in "0123456789")
    if not text.startswith(("+", "00")):
        return " It must begin with + and the country code."
    number = "+" + digits.removeprefix("00")
    return f' Did you mean "{number}"?' if _E164.fullmatch(number) else ""
