"""Whatever dies when: a pager that sends, fails, dies and restarts at random, and what arrived in the end."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from deskwatch.core.limits import PACES, Limits
from deskwatch.core.people import Urgency
from deskwatch.pager.delivery import Delivery
from tests.pager.provider import Mishap, Pager
from tests.thorough import at_most

HARMLESS: list[Mishap] = ["refused", "429", "lost", "unanswered", "500", "suspended"]
"""What may happen to a request for a number that is fine."""
PEOPLE = st.sampled_from(["ana", "ben", "mia"])


class Deaths(RuleBasedStateMachine):
    """Steps of a pager in any order. A request takes 10 s at most, as the channel promises."""

    limits = Limits()

    @initialize()
    def begin(self) -> None:
        self.pager = Pager(Delivery(mode="live", channels=("sms",), limits=self.limits, width=4))
        self.pages: list[str] = []
        self.was_unlisted = False

    @rule(person=PEOPLE, urgent=st.booleans())
    def page(self, person: str, urgent: bool) -> None:
        urgency = Urgency.URGENT if urgent else Urgency.NORMAL
        self.pages.append(self.pager.page(person, urgency=urgency).id)

    @rule(mishap=st.sampled_from(HARMLESS))
    def spoil_the_next_request(self, mishap: Mishap) -> None:
        self.pager.provider.mishaps.append(mishap)

    @rule(seconds=st.sampled_from([0.0, 0.5, 3.0, 9.0]))
    def a_round(self, seconds: float) -> None:
        self.pager.tick(seconds, network=False)
        if seconds > 5:
            self.pager.lanes.run()

    @rule(most=st.integers(1, 5))
    def some_answers_come(self, most: int) -> None:
        self.pager.lanes.run(most=most)

    @rule(seconds=st.sampled_from([10, 40, 200]))
    def time_passes(self, seconds: int) -> None:
        self.pager.lanes.run()
        self.pager.run(seconds, step=5)

    @rule(accepted=st.integers(0, 4))
    def die(self, accepted: int) -> None:
        """Some of the requests under way still reach the provider; nobody hears its answers."""
        self.pager.lanes.run(most=accepted)
        self.pager.restart()
        self.pager.tick(0.5)

    @rule(person=PEOPLE)
    def die_while_a_new_page_is_under_way(self, person: str) -> None:
        self.page(person, urgent=True)
        self.pager.tick(network=False)
        self.die(accepted=4)

    @rule()
    def die_before_the_outcomes_are_recorded(self) -> None:
        self.pager.lanes.run()
        self.pager.dispatcher.take(self.pager.now)
        self.pager.restart()

    def teardown(self) -> None:
        if not hasattr(self, "pager"):
            return
        provider = self.pager.provider
        provider.mishaps.clear()
        provider.can_list = True
        self.pager.lanes.run()
        self.pager.run(3 * 3600, step=20)
        assert not [row for row in self.pager.outbox.rows.values() if row.state in UNSETTLED]
        self.check()

    def check(self) -> None:
        """Each page, or the bundle that tells it, was accepted once."""
        for id_ in self.pages:
            row = self.pager.outbox.rows[id_]
            told = row if row.bundle is None else self.pager.outbox.rows[row.bundle]
            texts = [m.text for m in self.pager.provider.accepted if m.code == told.code]
            assert texts, f"{row.code} was lost: {row}"
            unmarked = [text for text in texts if "may repeat" not in text]
            assert len(unmarked) <= 1, f"{row.code} was doubled without a word"
            assert self.was_unlisted or texts == unmarked, f"{row.code} was doubled: {texts}"


UNSETTLED = ("pending", "sending", "unknown")


class DeathsWithLimits(Deaths):
    """The same with bundles."""

    limits = Limits(paces={"sms": PACES["sms"]})


class DeathsWithoutLists(Deaths):
    """The same with a provider that cannot always be asked."""

    @rule()
    def lists_cannot_be_had(self) -> None:
        self.pager.provider.can_list, self.was_unlisted = False, True

    @rule(person=PEOPLE)
    def die_and_nobody_can_say_for_long(self, person: str) -> None:
        self.lists_cannot_be_had()
        self.die_while_a_new_page_is_under_way(person)
        self.time_passes(300)

    @precondition(lambda self: not self.pager.provider.can_list)
    @rule()
    def lists_can_be_had_again(self) -> None:
        self.pager.provider.can_list = True


def _settled(machine: type[Deaths], examples: int) -> type:
    case = machine.TestCase
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return case  # type: ignore[no-any-return]


TestDeaths = _settled(Deaths, at_most(20, thorough=200))
TestDeathsWithLimits = _settled(DeathsWithLimits, at_most(10, thorough=100))
TestDeathsWithoutLists = _settled(DeathsWithoutLists, at_most(10, thorough=100))
