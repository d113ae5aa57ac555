"""A Request Tracker 5 of our own: Debian's packages, a database in a folder, a port of the loopback."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

SETUP, SERVER = "rt-setup-database-5", "/usr/share/request-tracker5/libexec/rt-server"
INSTALL = (
    "apt-get install --no-install-recommends request-tracker5 rt5-db-sqlite rt5-standalone "
    "dbconfig-no-thanks msmtp-mta"
)
MISSING = None if shutil.which(SETUP) and Path(SERVER).exists() else f"needs a Request Tracker: {INSTALL}"
ROOT = ("root", "password")

_CONFIG = """
Set($rtname, 'desk.example.com');
Set($Organization, 'desk.example.com');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebPath, '');
Set($CanonicalizeRedirectURLs, 0);
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.sqlite');
Set($Timezone, 'UTC');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($LogDir, '{folder}');
Set($MailCommand, 'testfile');
Set($BcryptCost, 4);
Set($DisallowExecuteCode, 1);
1;
"""

_SEED = """
use lib '/usr/share/request-tracker5/lib';
use RT; RT::LoadConfig(); RT::Init();
my $system = RT->SystemUser;
my $ana = RT::User->new($system);
$ana->Create(Name => 'ana', RealName => 'Ana', EmailAddress => 'ana@example.com', Privileged => 1,
    Timezone => 'America/New_York');
$ana->PrincipalObj->GrantRight(Right => 'SuperUser', Object => RT->System);
my $token = RT::AuthToken->new($system);
my ($ok, $why, $key) = $token->Create(Owner => $ana->Id, Description => 'Deskwatch');
die $why unless $ok;
for my $subject ('Printer is out', 'Mail is late', 'Door is stuck') {
    my $ticket = RT::Ticket->new($system);
    $ticket->Create(Queue => 'General', Subject => $subject, Priority => 70, Requestor => 'ben@example.com');
}
print $key;
"""


@dataclass
class Tracker:
    """A running Request Tracker. ``token`` is that of the user ana, who lives in New York."""

    url: str
    token: str
    database: Path

    def call(self, method: str, path: str, told: Any = None) -> Any:
        """One call of REST 2.0 as the user root."""
        answer = requests.request(
            method, f"{self.url}/REST/2.0/{path}", json=told, auth=ROOT, timeout=20, proxies={"http": ""}
        )
        if answer.status_code >= 400:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def create(self, subject: str, **fields: Any) -> str:
        """A new ticket in the queue General; its id."""
        told = {"Queue": "General", "Subject": subject, **fields}
        return str(self.call("POST", "ticket", told)["id"])

    def change(self, id_: str, **fields: Any) -> None:
        """Somebody edits a ticket."""
        self.call("PUT", f"ticket/{id_}", fields)

    def multiply(self, id_: str, times: int) -> None:
        """Copies of a ticket, made in the database: a call for each would take a minute."""
        with closing(sqlite3.connect(self.database, timeout=20)) as database, database:
            names = [row[1] for row in database.execute("PRAGMA table_info(Tickets)")]
            others = ", ".join(name for name in names if name not in ("id", "EffectiveId"))
            for _ in range(times):
                copy = f"INSERT INTO Tickets (EffectiveId, {others}) SELECT 0, {others} FROM Tickets"
                made = database.execute(f"{copy} WHERE id = ?", (id_,))
                database.execute("UPDATE Tickets SET EffectiveId = id WHERE id = ?", (made.lastrowid,))


@contextmanager
def running(folder: Path) -> Iterator[Tracker]:
    """Set up, started, and ended when the block is left."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    site = folder / "RT_SiteConfig.pm"
    site.write_text(_CONFIG.format(port=port, folder=folder))
    env = {**os.environ, "RT_SITE_CONFIG": str(site), "RT_SITE_CONFIG_DIR": str(folder / "none")}
    env |= {"RT_TEST_WEB_HANDLER": "plack", "HOME": str(folder), "NO_AT_BRIDGE": "1"}
    set_up = [SETUP, "--action", "init", "--dba", "root", "--dba-password", "x", "--skip-create"]
    subprocess.run(set_up, env=env, cwd=folder, check=True, capture_output=True, timeout=120)
    made = subprocess.run(["perl", "-e", _SEED], env=env, check=True, capture_output=True, timeout=60)
    command = [SERVER, "--host", "127.0.0.1", "--port", str(port), "--max-workers", "1"]
    log = (folder / "server.log").open("wb")
    server = subprocess.Popen(
        command, env=env, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
    )
    tracker = Tracker(f"http://127.0.0.1:{port}", made.stdout.decode().strip(), folder / "rt.sqlite")
    try:
        _await(tracker, server, folder / "server.log")
        yield tracker
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(5)
        log.close()


def _await(tracker: Tracker, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until it answers."""
    ends, pause = time.monotonic() + 60, threading.Event()
    while time.monotonic() < ends and server.poll() is None:
        try:
            tracker.call("GET", "rt")
        except (requests.RequestException, AssertionError, json.JSONDecodeError):
            pause.wait(0.2)
        else:
            return
    raise AssertionError(f"Request Tracker did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
