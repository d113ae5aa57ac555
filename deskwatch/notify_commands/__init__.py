"""What ``notifier.py`` does: watch, check, test, explain, simulate, acknowledge, silence, log."""

from deskwatch.notify_commands.group import COMMANDS
from deskwatch.notify_commands.running import watch

__all__ = ["COMMANDS", "watch"]
