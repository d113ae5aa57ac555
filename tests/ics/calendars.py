"""Calendars as other programs write them."""


def calendar(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", *events, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def event(start: str, end: str, summary: str = "Ana", *more: str, uid: str = "") -> str:
    """An event; ``start`` and ``end`` with their parameters: ``;VALUE=DATE:20260302``."""
    head = ["BEGIN:VEVENT", f"UID:{uid or start + summary}", "DTSTAMP:20260101T000000Z"]
    times = [f"DTSTART{start}", *([f"DTEND{end}"] if end else [])]
    return "\r\n".join([*head, *times, f"SUMMARY:{summary}", *more, "END:VEVENT"])


WEEK_OF_ANA = event(";TZID=Europe/Berlin:20260302T090000", ";TZID=Europe/Berlin:20260309T090000")
