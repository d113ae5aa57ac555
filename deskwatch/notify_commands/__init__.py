"""What ``notifier.py`` does: watch, check, test, explain, simulate, acknowledge, silence, log."""

MENU = {
    "check": (
        "deskwatch.notify_commands.group:check_command",
        "Say whether the configuration is fit, who is on call and what is missing.",
    ),
    "test": (
        "deskwatch.notify_commands.group:test_command",
        "Send one real test message, whatever alerts.mode says.",
    ),
    "explain": (
        "deskwatch.notify_commands.group:explain_command",
        "Say how a ticket stands, what was told about it and why, and what comes next.",
    ),
    "simulate": (
        "deskwatch.notify_commands.group:simulate_command",
        "Say who would be told what and when about the ticket of a file.",
    ),
    "ack": (
        "deskwatch.notify_commands.group:ack_command",
        "Take a ticket: nobody else is told about it.",
    ),
    "silence": (
        "deskwatch.notify_commands.group:silence_command",
        "List maintenance and silences; or tell nobody about a TICKET until a given time.",
    ),
    "log": (
        "deskwatch.notify_commands.group:log_command",
        "List the messages and what became of each, with the provider's own words.",
    ),
    "oncall": (
        "deskwatch.notify_commands.oncall:oncall_command",
        "Print who is on call from now on.",
    ),
}
"""The commands of ``notifier.py``: where each is, and what ``--help`` says about it. See ``cli.Menu``."""
