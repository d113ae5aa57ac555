"""``ticket_watcher.py user`` and ``token``, run as an admin runs them."""

import re
from pathlib import Path

import pytest
import yaml

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Home, load
from deskwatch.door.passwords import is_right
from deskwatch.door.tokens import TokenShelf
from tests.door.door_desk import write_config
from tests.door.own_desk import HASH, PASSWORD
from ticket_watcher import main


class Terminal:
    """A home and what is typed into its terminal."""

    def __init__(
        self, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.home, self._capsys, self._patch = Home(home), capsys, monkeypatch

    def run(self, *words: str, typed: str = "") -> tuple[int, str]:
        """Exit code and everything that was printed."""
        answers = iter(typed.split("\n"))
        self._patch.setattr("click.termui.hidden_prompt_func", lambda _: next(answers))
        code = cli.exit_code(main, ["--home", str(self.home.path), *words])
        printed = self._capsys.readouterr()
        return code, printed.out + printed.err

    def users(self, **users: object) -> None:
        """Write users.yaml."""
        write_config(self.home, "users", {"users": users})


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A home where nothing is configured."""
    (tmp_path / "config").mkdir()
    return Terminal(tmp_path, capsys, monkeypatch)


def lines_of(said: str) -> str:
    """The lines to paste: those that are indented."""
    return "users:\n" + "".join(
        line + "\n" for line in said.split("The password, ")[0].splitlines() if line[:2] == "  "
    )


def test_the_lines_of_a_new_user_can_be_pasted_and_the_password_works(terminal: Terminal) -> None:
    code, said = terminal.run("user", "add", "ana", "--role", "technician", "--agent", 'Ana "A" Example')
    assert code == 0
    (terminal.home.config / "users.yaml").write_text(lines_of(said), "utf-8")
    user = load(terminal.home, env={}).users.users["ana"]
    assert (user.role, user.agent, user.active) == ("technician", 'Ana "A" Example', True)
    password = said.strip().splitlines()[-1].strip()
    assert len(password) == 16
    assert is_right(user.password, password)
    assert not is_right(user.password, password + "x")


def test_nothing_is_written_and_each_password_is_another_one(terminal: Terminal) -> None:
    said = {terminal.run("user", "add", "ana", "--role", "admin")[1].splitlines()[-1] for _ in range(2)}
    assert len(said) == 2
    assert list(terminal.home.config.iterdir()) == []


def test_a_password_can_be_typed_and_is_not_shown(terminal: Terminal) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}"
    code, said = terminal.run("user", "add", "ben", "--role", "admin", "--ask", typed=typed)
    assert code == 0
    assert PASSWORD not in said
    assert is_right(yaml.safe_load(lines_of(said))["users"]["ben"]["password"], PASSWORD)
    code, said = terminal.run("user", "add", "ben", "--role", "admin", "--ask", typed="short\nshort")
    assert (code, "10 to 200 characters" in said) == (2, True)


@pytest.mark.parametrize("name", ["", "a b", "ana/..", "-x", "é", "x" * 65, "ana\n"])
def test_a_name_that_cannot_be_one_is_refused(terminal: Terminal, name: str) -> None:
    code, said = terminal.run("user", "add", "--role", "admin", "--", name)
    assert (code, "use letters" in said) == (2, True)


def test_a_name_that_is_taken_is_refused_in_any_case(terminal: Terminal) -> None:
    terminal.users(ana={"role": "admin"})
    code, said = terminal.run("user", "add", "Ana", "--role", "admin")
    assert (code, "user passwd" in said) == (2, True)


def test_a_new_password_is_a_line_to_paste(terminal: Terminal) -> None:
    terminal.users(ana={"role": "admin", "password": HASH})
    code, said = terminal.run("user", "passwd", "ana")
    found = re.search(r'password: "(scrypt:\S+)"', said)
    assert (code, found is not None) == (0, True)
    assert found is not None
    assert is_right(found[1], said.strip().splitlines()[-1].strip())
    code, said = terminal.run("user", "passwd", "anna")
    assert (code, 'Did you mean "ana"?' in said) == (2, True)


def test_a_check_tells_what_somebody_may_do_and_whether_a_password_is_right(terminal: Terminal) -> None:
    terminal.users(mia={"role": "helpdesk_officer", "password": HASH, "active": False})
    code, said = terminal.run("user", "check", "mia")
    assert code == 0
    assert "mia is a helpdesk officer (not active" in said
    assert "May read tickets, create tickets, comment on tickets." in said
    assert terminal.run("user", "check", "mia", "--password", typed=PASSWORD)[0] == 0
    code, said = terminal.run("user", "check", "mia", "--password", typed="wrong")
    assert (code, "wrong" in said) == (1, True)


def test_a_token_is_made_listed_and_revoked(terminal: Terminal) -> None:
    terminal.users(ana={"role": "technician"}, ben={"role": "admin", "active": False})
    code, said = terminal.run("token", "new", "ana", "--life", "2d")
    assert code == 0
    found = re.search(r"  (dwt_\S+)", said)
    assert found is not None
    shelf = TokenShelf(terminal.home.state / "api-tokens.json")
    issued = shelf.find(found[1], now=utc_now())
    assert issued is not None
    assert (issued.user, (issued.expires_at - issued.made_at).days) == ("ana", 2)
    terminal.run("token", "new", "ben")
    assert terminal.run("user", "check", "ben")[1].startswith("ben is an admin (not active")
    code, said = terminal.run("token", "list")
    assert code == 0
    assert re.search(rf"{issued.id}\s+ana\s.*command\s+valid", said)
    assert re.search(r"\sben\s.*command\s+ended", said)
    assert found[1] not in said
    assert terminal.run("token", "revoke", issued.id) == (0, "Ended 1 token of ana.\n")
    assert shelf.find(found[1], now=utc_now()) is None
    assert terminal.run("token", "revoke", issued.id)[0] == 2
    assert terminal.run("token", "revoke", "ben") == (0, "Ended 1 token of ben.\n")


@pytest.mark.parametrize("life", ["30", "0s", "1s", "9999d", "soon"])
def test_a_life_that_makes_no_sense_is_refused(terminal: Terminal, life: str) -> None:
    terminal.users(ana={"role": "technician"})
    code, said = terminal.run("token", "new", "ana", "--life", life)
    assert (code, "--life" in said) == (2, True)


def test_a_token_for_nobody_is_refused(terminal: Terminal) -> None:
    code, said = terminal.run("token", "new", "ana")
    assert (code, "user add" in said) == (2, True)


@pytest.mark.parametrize(
    ("users", "words"),
    [
        ({"users": {"ana": {"role": "boss"}}}, "users.ana.role"),
        ({"users": {"ana": {"role": "admin", "password": "secret123"}}}, "never the password itself"),
        (
            {"users": {"ana": {"role": "admin", "password": HASH.replace("32768:8", "4194304:8")}}},
            "costs too much",
        ),
        ({"users": {"ana": {"role": "admin", "password": HASH.replace("32768", "32767")}}}, "costs too much"),
        ({"users": {"a b": {"role": "admin"}}}, "users"),
        ({"users": {"ana": {"role": "admin"}, "Ana": {"role": "admin"}}}, "differ only in capitals"),
        (
            {"users": {"ana": {"role": "admin"}}, "tokens": {"ana": {"role": "admin", "sha256": "0" * 64}}},
            "both",
        ),
        ({"tokens": {"form": {"role": "admin", "sha256": "abc"}}}, "64 hex digits"),
        ({"users": {"ana": {"role": "admin", "activ": True}}}, "active"),
        ({"token_life": "5"}, "token_life"),
    ],
)
def test_a_mistake_in_users_yaml_is_told_with_its_line_and_without_secrets(
    terminal: Terminal, users: object, words: str
) -> None:
    write_config(terminal.home, "users", users)
    code, said = terminal.run("check")
    assert code == 2
    assert "config/users.yaml:1:" in said
    assert words in said
    assert "secret123" not in said
