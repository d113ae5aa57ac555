"""What people read and hear when something happened: texts from templates, and built-in ones behind them."""

from deskwatch.messages.checking import template_problems
from deskwatch.messages.rendering import Messages
from deskwatch.messages.text import Medium, Occasion, Text, medium_of

__all__ = ["Medium", "Messages", "Occasion", "Text", "medium_of", "template_problems"]
