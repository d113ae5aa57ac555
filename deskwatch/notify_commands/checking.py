"""``notifier.py check``: is all fit, who is on call, and with ``--live``: would it arrive."""

from collections.abc import Iterator

from deskwatch import cli
from deskwatch.channels.build import build
from deskwatch.channels.channel import DeliveryError
from deskwatch.config.coverage import coverage
from deskwatch.errors import DeskwatchError
from deskwatch.messages import template_problems
from deskwatch.notify import channels_words
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.words import near, say


def check(view: DeskView, *, live: bool) -> int:
    """Print what there is to say. The exit code: 0 fine, 1 findings, 4 a provider could not be asked."""
    config = view.config
    view.feeds.refresh(view.now, only_files=not live)
    say("Configuration is fine.")
    say(channels_words(config))
    code = cli.OK
    for words in _findings(view):
        say(f"  NOT {words}")
        code = cli.FINDINGS
    for line in _on_call(view):
        say(f"  {line}")
    if live:
        code = max(code, _channels(view))
    return code


def _findings(view: DeskView) -> Iterator[str]:
    problems = {*view.config.warnings, *coverage(view.config, now=view.now, schedule=view.schedule)}
    yield from (str(problem).replace(" warning:", "", 1) for problem in sorted(problems))
    yield from view.feeds.problems
    yield from template_problems(view.terms.messages, now=view.now)
    for (person, channel), reason in view.desk.broken.items():
        yield f"{channel} does not reach {person}: {reason}"


def _on_call(view: DeskView) -> Iterator[str]:
    schedule, zone, now = view.schedule, view.config.zone, view.now
    names = {id_: contact.name for id_, contact in view.config.people.items()}
    if not schedule.layers:
        yield "ok  nobody is ever on call: config/oncall.yaml has no layers"
    for layer in schedule.layers:
        people = [names.get(id_, id_) for id_ in schedule.on_call_at(now, layer=layer)]
        until = schedule.next_handoff(now, layer=layer)
        end = f" until {near(until, now, zone)}" if until else ""
        yield f"ok  {layer}: {', '.join(people) or 'nobody'} on call{end}"


def _channels(view: DeskView) -> int:
    """Ask the provider of each channel that is switched on."""
    code = cli.OK
    for name, settings in view.config.alerts.channels.items():
        if not settings.enabled:
            say(f"  off {name}: switched off")
            continue
        try:
            channel = build(name, settings)
            say(f"  ok  {name}: {channel.check()}")
            channel.close()
        except DeliveryError as error:
            say(f"  NOT {name}: {error.failure.words}")
            code = max(
                code, cli.UNREACHABLE if error.failure.kind in ("transient", "unknown") else cli.FINDINGS
            )
        except DeskwatchError as error:
            say(f"  NOT {name}: {error}")
            code = max(code, cli.FINDINGS)
    return code
