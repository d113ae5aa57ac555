"""Calendars that others keep (iCalendar, RFC 5545): duties, absences and holidays as plain values."""
