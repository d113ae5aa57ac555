"""What ``gui.py`` does: serve, check, certificate, token, light, publish."""

MENU = {
    "check": (
        "deskwatch.gui_commands.group:check_command",
        "Say whether configuration, certificate and access rules are fit to serve.",
    ),
    "certificate": (
        "deskwatch.gui_commands.group:certificate_command",
        "Make a self-signed certificate for these host names and addresses: cert.pem and key.pem.",
    ),
    "token": (
        "deskwatch.gui_commands.group:token_command",
        'Make a wall link for a screen elsewhere, such as "lobby".',
    ),
    "light": (
        "deskwatch.gui_commands.lamp:light_command",
        "Show a board's light until stopped: in state/light.json, by webhook, on a Luxafor flag.",
    ),
    "publish": (
        "deskwatch.gui_commands.publishing:publish_command",
        "Write the walls to FOLDER as files, on every change until stopped.",
    ),
}
"""The commands of ``gui.py``: where each is, and what ``--help`` says about it. See ``cli.Menu``."""
