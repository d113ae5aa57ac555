"""Telling people of one alert: their envelopes, and a decision for each of them and for each silence."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from deskwatch.core.alerts import Alert, Raised
from deskwatch.core.delivery import Decision, Verdict
from deskwatch.core.desk import Desk
from deskwatch.core.envelope import Envelope, rank_of
from deskwatch.core.escalation_policy import EscalationPolicy, EscalationStep
from deskwatch.core.people import Contact, Urgency
from deskwatch.core.reach import Reach, reach, unusable
from deskwatch.core.targets import ON_CALL, find, last_resorts
from deskwatch.core.ticket import Ticket, format_instant

Told = Mapping[str, Alert]
"""Person to the alert by which somebody was told already of the same ticket and the same instant."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class Telling:
    """One call of ``take_step``: collects envelopes and decisions.

    Attributes:
        nobody: a sentence when somebody should have been on call, or nothing urgent could be told.
    """

    def __init__(self, raised: Raised, desk: Desk, ticket: Ticket | None, now: datetime, told: Told) -> None:
        self.envelopes: list[Envelope] = []
        self.decisions: list[Decision] = []
        self.nobody: str | None = None
        self._raised, self._desk, self._ticket, self._now, self._told = raised, desk, ticket, now, told
        self._alert = raised.alert
        self._step = 0
        self._seen: set[str] = set()
        self._group = _group(raised, desk, ticket)

    def step(self, policy: EscalationPolicy, index: int) -> bool:
        """Tell everybody a step names; whether anybody is told, or knows already."""
        self._step, step = index, policy.steps[index]
        self._seen.clear()  # who could not be told by the step before may be by the channels of this one
        empty: list[str] = []
        told = [self._target(target, step, empty) for target in step.notify]
        reached = any(told) or any(self._target(target, step, empty) for target in step.otherwise)
        if not reached:
            reason = "; ".join(empty) or "nobody in it can be told"
            self._decide(Verdict.SKIP, f"{_ordinal(index)} step is empty: {reason}")
        elif not self._raised.lap:
            self._copies(policy)
        return reached

    def _target(self, target: str, step: EscalationStep, empty: list[str]) -> bool:
        """Tell the people of a target; why there are none goes into ``empty``."""
        found = find(target, desk=self._desk, ticket=self._ticket, now=self._now)
        if not found.people:
            empty.append(found.why)
            word, _, layer = target.partition(".")
            if word in ON_CALL and self._desk.schedule.is_missed(self._now, layer=layer or None):
                self.nobody = found.why
        told = [self._tell(person, found.why, channels=step.channels) for person in found.people]
        return any(told)

    def last_resort(self, policy: EscalationPolicy) -> None:
        """Tell the address that always exists, whatever its owner wishes."""
        self._step = len(policy.steps)
        self._seen.clear()
        late = self._raised.step >= len(policy.steps) and bool(policy.steps)
        why = "nobody acknowledged" if late else "nobody else could be told"
        if not late and self._alert.urgency is Urgency.URGENT:
            self.nobody = self.nobody or why
        for target in last_resorts(self._desk, policy.last_resort):
            found = find(target, desk=self._desk, ticket=self._ticket, now=self._now)
            people = [who for person in found.people for who in self._with_stand_in(person)]
            told = [self._tell(who, f"the last resort: {why}", at_any_cost=True) for who in people]
            if any(told):
                return
        problem, mend = "there is no last resort", "name an admin or a last_resort in people.yaml"
        if not self._desk.channels:
            problem, mend = "no channel is configured", "write one into alerts.yaml"
        self.nobody = f"{why}, and {problem}"
        loud = "NOBODY ELSE IS TOLD" if late else "NOBODY IS TOLD"
        self._decide(Verdict.GIVE_UP, f"{loud}: {self.nobody}; {mend}")

    def _with_stand_in(self, person: str) -> Iterator[str]:
        """Somebody who must be told, and first whoever stands in: an address on vacation may not be read."""
        contact = self._desk.contact(person)
        away = self._desk.absence(contact, self._now) if contact is not None else None
        if away is not None and away.stand_in is not None:
            yield away.stand_in
        yield person

    def _tell(
        self, person: str, why: str, *, channels: tuple[str, ...] = (), at_any_cost: bool = False
    ) -> bool:
        """Put a person's envelopes together; whether the person is told, or knows, or does not want to."""
        if person in self._seen:
            return any(envelope.person == person for envelope in self.envelopes)
        self._seen.add(person)
        contact = self._desk.contact(person)
        if contact is None:
            self._decide(Verdict.SKIP, f"{person} is not in people.yaml", person=person)
            return False
        if self._knows(contact):
            return True
        ways = reach(
            contact, self._alert, desk=self._desk, now=self._now, channels=channels, at_any_cost=at_any_cost
        )
        for refusal in ways.refusals:
            self._decide(Verdict.SKIP, refusal.reason, person=person, channel=refusal.channel)
        for way in ways.ways:
            self._enclose(contact, way.channel, why, after=way.after, ways=ways)
        if ways.stand_in is not None:
            return self._tell(ways.stand_in, f"{why}, standing in for {contact.name}", channels=channels)
        return bool(ways.ways) or (ways.declined and self._alert.urgency is not Urgency.URGENT)

    def _knows(self, contact: Contact) -> bool:
        other = self._told.get(contact.id)
        if other is None or other.key == self._alert.key:
            return False
        if other.urgency is not Urgency.URGENT and self._alert.urgency is Urgency.URGENT:
            return False
        words = f"{contact.name} knows already: told of the same moment as {other.kind}"
        self._decide(Verdict.SKIP, words, person=contact.id)
        return True

    def _enclose(
        self,
        contact: Contact,
        channel: str,
        why: str,
        *,
        ways: Reach,
        after: timedelta = timedelta(0),
        copy: bool = False,
    ) -> None:
        at = (ways.hold_until or self._now) + after
        later = at if at > self._now else None
        self.envelopes.append(
            Envelope(
                person=contact.id,
                channel=channel,
                address=contact.addresses.get(channel, ""),
                alerts=(self._alert.key,),
                urgency=self._alert.urgency,
                rank=rank_of(self._alert, step=self._step, lap=self._raised.lap, copy=copy),
                group=f"quiet:{format_instant(ways.hold_until)}" if ways.hold_until else self._group,
                step=self._step,
                lap=self._raised.lap,
                not_before=later,
                why=why,
                copy=copy,
            )
        )
        told = f"{contact.name} is told by {channel}: {why}"
        if later is None:
            self._decide(Verdict.SEND, told, person=contact.id, channel=channel)
            return
        reason = ways.hold_words or f"{told}, unless it is acknowledged before"
        self._decide(Verdict.WAIT, reason, person=contact.id, channel=channel, until=later)

    def _copies(self, policy: EscalationPolicy) -> None:
        """Copies by mail for those whom the policy names in ``cc`` and who are not told anyway."""
        for target in policy.cc:
            found = find(target, desk=self._desk, ticket=self._ticket, now=self._now)
            for person in found.people:
                contact = self._desk.contact(person)
                if contact is not None and person not in self._seen:
                    self._seen.add(person)
                    self._copy(contact, found.why)

    def _copy(self, contact: Contact, why: str) -> None:
        urgency, desk = self._alert.urgency, self._desk
        mails = [name for name, traits in desk.channels.items() if traits.medium == "mail"]
        usable = [name for name in mails if not unusable(contact, name, urgency, desk=desk)]
        if not usable:
            words = f"no copy: {contact.name} has no mail address that works"
            self._decide(Verdict.SKIP, words, person=contact.id)
            return
        ways = reach(contact, self._alert, desk=desk, now=self._now, channels=tuple(usable[:1]))
        for refusal in ways.refusals:
            self._decide(Verdict.SKIP, f"no copy: {refusal.reason}", person=contact.id)
        for way in ways.ways:
            self._enclose(contact, way.channel, f"{why}, for information only", ways=ways, copy=True)

    def _decide(
        self,
        verdict: Verdict,
        reason: str,
        *,
        person: str | None = None,
        channel: str | None = None,
        until: datetime | None = None,
    ) -> None:
        self.decisions.append(
            Decision(
                at=self._now,
                alert=self._alert.key,
                verdict=verdict,
                reason=reason,
                person=person,
                channel=channel,
                step=self._step,
                until=until,
            )
        )


def _group(raised: Raised, desk: Desk, ticket: Ticket | None) -> str | None:
    """What is told together: alerts that were held until the same instant, step by step.

    ``held:`` what waited for the desk to open, ``window:`` for the end of a maintenance window or silence,
    ``step:`` further steps of both.
    """
    until = raised.held_until
    if until is None:
        return None
    instant = format_instant(until.astimezone(UTC))
    if raised.step or raised.lap:
        return f"step:{raised.lap}.{raised.step}:{instant}"
    opens = desk.calendar_for(ticket).next_opening(until - timedelta(seconds=1)) == until
    return f"{'held' if opens else 'window'}:{instant}"


def _ordinal(index: int) -> str:
    return _ORDINALS[index] if index < len(_ORDINALS) else f"{index + 1}th"
