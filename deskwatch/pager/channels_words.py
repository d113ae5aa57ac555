"""What the notifier says at its start: which channels there are, and whether anybody is told by them."""

from deskwatch.config import Config

_MODES = {
    "log": "the log says who would have been told, and nobody is",
    "redirect": "everything goes to one address",
    "live": "people are told",
}


def channels_words(config: Config) -> str:
    """Which channels are configured, and what ``alerts.mode`` does with them, in two sentences at most."""
    alerts = config.alerts
    channels = alerts.channels
    if not channels:
        where = f"alerts go to the log only (alerts.mode: {alerts.mode})"
        return f"No channel (SMS, e-mail, chat) is configured: {where} and nobody is told."
    used = [_titled(name, channel.kind) for name, channel in channels.items() if channel.enabled]
    off = [_titled(name, channel.kind) for name, channel in channels.items() if not channel.enabled]
    words = f"Channels: {', '.join(used) or 'none'}{'; switched off: ' if off else ''}{', '.join(off)}"
    mode = _MODES[alerts.mode]
    if alerts.mode == "redirect" and alerts.redirect is not None:
        mode = f"everything goes to {alerts.redirect.to or 'one place'} by {alerts.redirect.channel}"
    return f"{words}. alerts.mode is {alerts.mode}: {mode}."


def _titled(name: str, kind: str) -> str:
    """``sms``, or ``backup (sms)`` when the name does not tell."""
    return name if kind == name else f"{name} ({kind})"
