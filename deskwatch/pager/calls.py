"""Calls to providers beside the loop; their answers wait in a queue until they are fetched."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Literal

from deskwatch.channels.channel import DeliveryError
from deskwatch.core.delivery import Failure, Receipt, Reply
from deskwatch.pager.lanes import Lanes

log = logging.getLogger(__name__)

Question = Literal["send", "find", "status", "replies", "check"]
Said = Receipt | Failure | list[Reply] | str | None
BESIDE = "?"
"""Ends the name of the lane for questions: they never wait behind messages, nor messages behind them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel said. ``about``: a notification's id, or the channel's own name."""

    question: Question
    channel: str
    about: str
    said: Said


class Calls:
    """What is being asked right now; one thread asks and fetches, the lanes' threads only answer."""

    def __init__(self, lanes: Lanes, ring: Callable[[], None]) -> None:
        self._lanes, self._ring = lanes, ring
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._open: set[tuple[str, str]] = set()
        self._asked: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def is_open(self, channel: str, about: str) -> bool:
        """Whether an answer is still to come."""
        return (channel, about) in self._open

    def asked(self, channel: str) -> int:
        """How many questions, not messages, the channel has not answered yet."""
        return self._asked[channel]

    def ask(self, question: Question, channel: str, about: str, call: Callable[[], Said]) -> None:
        """Make the call on a lane of its channel."""

        def job() -> None:
            said = _guarded(question, channel, call)
            self._answers.put(Answer(question, channel, about, said))
            self._ring()

        self._open.add((channel, about))
        self._asked[channel] += question != "send"
        self._lanes.submit(channel if question == "send" else channel + BESIDE, job)

    def answers(self, *, wait: float | None = None) -> Iterator[Answer]:
        """What came in since the last time; with ``wait``, the first answer within so many seconds."""
        try:
            while True:
                answer = self._answers.get_nowait() if wait is None else self._answers.get(timeout=wait)
                wait = None
                self._open.discard((answer.channel, answer.about))
                self._asked[answer.channel] -= answer.question != "send"
                yield answer
        except Empty:
            return


def _guarded(question: Question, channel: str, call: Callable[[], Said]) -> Said:
    try:
        return call()
    except DeliveryError as error:
        return error.failure
    except Exception as error:
        log.exception("Channel %s did not say what became of a %s", channel, question)
        return Failure(kind="unknown", words=f"{type(error).__name__} in the channel itself")
