"""Settings of a mail channel that may use the server of the tests."""

from typing import Any

from deskwatch.channels.mail_settings import MailSettings
from deskwatch.settings import Secret
from tests.channels.certificates import certificate
from tests.channels.smtp_server import PASSWORD, USER


def settings_for(port: int, **changes: Any) -> MailSettings:
    """For the server on that port."""
    given = {
        "host": "127.0.0.1",
        "port": port,
        "user": USER,
        "password": Secret(PASSWORD),
        "ca_file": certificate().chain,
        "timeout": "2s",
    }
    return MailSettings.model_validate(given | changes)
