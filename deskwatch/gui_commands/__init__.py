"""What ``gui.py`` does besides serving: check, certificate, token."""

from deskwatch.gui_commands.group import COMMANDS

__all__ = ["COMMANDS"]
