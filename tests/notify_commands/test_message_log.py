"""What became of a message, in one line."""

from deskwatch.core.delivery import NotificationState
from deskwatch.notify_commands.message_log import fate
from tests.pager.provider import Pager


def test_the_code_of_a_refusal_is_said_once() -> None:
    refused = Pager().make().with_(state=NotificationState.FAILED, attempts=1, error_code="30003")
    assert (
        fate(refused.with_(error="Twilio: out of reach (30003).")) == "failed: Twilio: out of reach (30003)."
    )
    assert fate(refused.with_(error="no such mailbox")) == "failed: no such mailbox [30003]"
