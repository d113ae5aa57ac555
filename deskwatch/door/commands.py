"""``ticket_watcher.py user`` and ``token``: who may use the API, and with what."""

from datetime import datetime, timedelta

import click

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Config, Home, load
from deskwatch.config.general import in_zone
from deskwatch.config.users import Role, UserSettings
from deskwatch.door import passwords
from deskwatch.door.roles import ADMIN, OFFICER, ROLES, TECHNICIAN, called
from deskwatch.door.tokens import Issued, TokenShelf, trace_of
from deskwatch.errors import UsageError
from deskwatch.settings import format_duration, nearest, parse_duration

role_option = click.option(
    "--role", type=click.Choice([ADMIN, TECHNICIAN, OFFICER]), required=True, help="What this user may do."
)
ask_option = click.option("--ask", is_flag=True, help="Type the password instead of having one made up.")


@click.group("user")
def user_group() -> None:
    """People who may use the API for own tickets: the lines for config/users.yaml."""


@user_group.command("add")
@click.argument("name")
@role_option
@click.option("--agent", help="Who this is among the agents of tickets.  [default: NAME]")
@ask_option
@click.pass_obj
def add_command(home: Home, name: str, role: Role, agent: str | None, ask: bool) -> None:
    """Print the lines that make NAME a user, and a password that is shown once.

    Nothing is written: paste the lines into config/users.yaml, under users: (instead of {} there).
    """
    _check_name(name)
    if _same(load(home).users.users, name) is not None:
        raise UsageError(f"config/users.yaml has a {name!r} already; for a new password: user passwd {name}")
    password = _password(ask)
    lines = [f"  {name}:", f"    role: {role}", f'    password: "{passwords.hashed(password)}"']
    if agent:
        lines.append(f"    agent: {_quoted(agent)}")
    click.echo("Add this to config/users.yaml, under users: (instead of {} there):\n")
    click.echo("\n".join(lines) + "\n")
    _tell_password(password, ask)


@user_group.command("passwd")
@click.argument("name")
@ask_option
@click.pass_obj
def passwd_command(home: Home, name: str, ask: bool) -> None:
    """Print the line with a new password of NAME. It ends the tokens of older logins."""
    _user(load(home), name)
    password = _password(ask)
    click.echo(f"Replace the password of {name} in config/users.yaml by this line:\n")
    click.echo(f'    password: "{passwords.hashed(password)}"\n')
    _tell_password(password, ask)


@user_group.command("check")
@click.argument("name")
@click.option("--password", "ask", is_flag=True, help="Ask for the password and say whether it is right.")
@click.pass_obj
def check_command(home: Home, name: str, ask: bool) -> int:
    """Say what NAME may do, and with --password whether a password is right."""
    config = load(home)
    user = _user(config, name)
    now = utc_now()
    tokens = [i for i in _shelf(home).all() if i.user == name and _is_alive(i, config, now)]
    state = "active" if user.active else "not active: no login, and every token is void"
    click.echo(f"{name} is {called(user.role)} ({state}), agent {user.agent or name}.")
    rights = [right.value for right, roles in ROLES.items() if user.role in roles]
    click.echo(f"May {', '.join(rights)}.")
    click.echo(f"Tokens: {len(tokens)}. Login: {'by password' if user.password else 'none, tokens only'}.")
    if not ask:
        return cli.OK
    right = passwords.is_right(user.password, click.prompt("Password", hide_input=True, err=True))
    click.echo("The password is right." if right else "The password is wrong.")
    return cli.OK if right else cli.FINDINGS


@click.group("token")
def token_group() -> None:
    """Tokens for the API, kept as hashes in state/api-tokens.json."""


@token_group.command("new")
@click.argument("user")
@click.option("--life", help="How long it lives, such as 90d.  [default: token_life of users.yaml]")
@click.pass_obj
def new_command(home: Home, user: str, life: str | None) -> None:
    """Make a token for USER of config/users.yaml. It is shown once."""
    config = load(home)
    _user(config, user)
    token, issued = _shelf(home).issue(user, life=_life(life) or config.users.token_life, now=utc_now())
    click.echo(
        f"Token {issued.id} of {user}, until {_local(issued.expires_at, config)}. Nobody can show it again:\n"
    )
    click.echo(f"  {token}\n")
    click.echo(
        f"Send it as: Authorization: Token …   End it with: ticket_watcher.py token revoke {issued.id}"
    )


@token_group.command("list")
@click.pass_obj
def list_command(home: Home) -> None:
    """Show which tokens there are, never the tokens themselves."""
    config, now = load(home), utc_now()
    rows = [("id", "user", "made", "until", "by", "state")]
    for i in sorted(_shelf(home).all(), key=lambda i: (i.user, i.made_at)):
        state = "valid" if _is_alive(i, config, now) else "ended"
        rows.append((i.id, i.user, _local(i.made_at, config), _local(i.expires_at, config), i.made_by, state))
    for name, program in config.users.tokens.items():
        until = in_zone(program.expires, config.zone)
        state = "valid" if until is None or now < until else "ended"
        rows.append(("-", name, "-", _local(until, config) if until else "-", "users.yaml", state))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@token_group.command("revoke")
@click.argument("id_or_user")
@click.pass_obj
def revoke_command(home: Home, id_or_user: str) -> None:
    """End the token of this id, or every token of this user. It holds at once."""
    gone = _shelf(home).revoke(id_or_user, now=utc_now())
    if not gone:
        raise UsageError(f"There is no token {id_or_user!r} and no user with one; see: token list")
    whose = ", ".join(sorted({i.user for i in gone}))
    click.echo(f"Ended {len(gone)} token{'' if len(gone) == 1 else 's'} of {whose}.")


def _is_alive(issued: Issued, config: Config, now: datetime) -> bool:
    user = config.users.users.get(issued.user)
    if user is None or not user.active or now >= issued.expires_at:
        return False
    return issued.made_by != "login" or issued.password == trace_of(user.password)


def _shelf(home: Home) -> TokenShelf:
    return TokenShelf(home.state / "api-tokens.json")


def _user(config: Config, name: str) -> UserSettings:
    users = config.users.users
    if name not in users:
        hint = nearest(name, users) or " Add one with: ticket_watcher.py user add NAME --role technician"
        raise UsageError(f"config/users.yaml has no user {name!r}.{hint}")
    return users[name]


def _same(users: dict[str, UserSettings], name: str) -> str | None:
    return next((known for known in users if known.casefold() == name.casefold()), None)


def _check_name(name: str) -> None:
    plain = name.replace(".", "").replace("_", "").replace("-", "").replace("@", "")
    if not (name[:1].isalnum() and name.isascii() and plain.isalnum() and len(name) <= 64):
        raise UsageError("NAME: use letters, digits and . _ @ - (at most 64), such as ana or ana@example.com")


def _password(ask: bool) -> str:
    if not ask:
        return passwords.fresh_password()
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise UsageError(f"A password has {passwords.SHORTEST} to {passwords.LONGEST} characters.")
    return password


def _tell_password(password: str, ask: bool) -> None:
    if not ask:
        click.echo(f"The password, which nobody can show again:\n\n  {password}")


def _life(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        life = parse_duration(text)
    except ValueError as problem:
        raise UsageError(f"--life: {problem}") from None
    if not timedelta(minutes=1) <= life <= timedelta(days=3650):
        raise UsageError(f"--life: expected 1m to 3650d, got {format_duration(life)}")
    return life


def _local(at: datetime, config: Config) -> str:
    return f"{at.astimezone(config.zone):%Y-%m-%d %H:%M}"


def _quoted(text: str) -> str:
    if not text.isprintable():
        raise UsageError("--agent: expected a name in letters")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
