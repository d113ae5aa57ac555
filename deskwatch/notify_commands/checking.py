"""``notifier.py check``: is all fit, who is on call, and with ``--live``: would it arrive."""

from collections.abc import Iterator

from deskwatch import cli
from deskwatch.channels.build import build
from deskwatch.channels.channel import DeliveryError
from deskwatch.config.coverage import coverage
from deskwatch.core.targets import find
from deskwatch.errors import DeskwatchError
from deskwatch.messages import template_problems
from deskwatch.notify import channels_words
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.words import near, say
from deskwatch.pager.digests import moments_of


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
    for line in (*_on_call(view), *_digests(view)):
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
        yield "note nobody is ever on call: config/oncall.yaml has no layers"
    for layer in schedule.layers:
        people = [names.get(id_, id_) for id_ in schedule.on_call_at(now, layer=layer)]
        until = schedule.next_handoff(now, layer=layer)
        end = f" until {near(until, now, zone)}" if until else ""
        yield f"ok  {layer}: {', '.join(people) or 'nobody'} on call{end}"


def _digests(view: DeskView) -> Iterator[str]:
    """When each digest comes next, and to whom it goes then."""
    desk, zone, now = view.desk, view.config.zone, view.now
    for digest in view.config.alerts.digests:
        at = next(moments_of(digest, view.config, now), None)
        if at is None:
            yield f"note digest {digest.id}: does not come within the next weeks"
            continue
        found = [find(target, desk=desk, ticket=None, now=at) for target in digest.notify]
        names = [
            contact.name if (contact := desk.contact(id_)) else id_ for each in found for id_ in each.people
        ]
        why = "; ".join(each.why for each in found)
        mark, whom = ("ok ", ", ".join(dict.fromkeys(names))) if names else ("note", f"nobody: {why}")
        yield f"{mark} digest {digest.id}: next {near(at, now, zone)} to {whom}"


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
