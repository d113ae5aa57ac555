# ruff: noqa: E501 -- a case of the table is a line
"""What a file of config/sources.d may say: each mistake is named at its line and column, with the mend."""

from pathlib import Path

import pytest

from deskwatch.config import Home, check

GOOD = """\
base_url: https://desk.example.com
secrets: {token: env:DESK_TOKEN}
auth: {kind: header, headers: {Authorization: "Token {token}"}}
tickets: {path: /api/tickets}
one: {path: "/api/tickets/{id}"}
lookups: {teams: {values: {1: Doors}}}
fields:
  id: id
  url: web_url
  subject: {path: title, steps: [trim]}
  status: state
  priority: prio
  updated_at: changed
statuses: {new: open}
priorities: {top: urgent}
"""


def problems(home: Path, text: str) -> list[str]:
    """What ``check`` says about the file, without its name."""
    folder = home / "config/sources.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "desk.yaml").write_text(text, "utf-8")
    found = check(Home(home), env={"DESK_TOKEN": "a token of the desk"}).problems
    return [str(problem).replace("config/sources.d/desk.yaml:", "") for problem in found]


def test_a_good_file_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("number", "text", "place", "words"),
    [
        # fields and steps
        (8, "  id: id-x", "8:3: fields.id.path", "is no JMESPath expression: Unknown token '-' at character 3"),
        (8, "  id: {path: id, steps: [{default: x}]}", "8:27: fields.id.steps[0].default", "made up would make one"),
        (8, "  id: {path: id, steps: [{lookup: teams}]}", "8:27: fields.id.steps[0].lookup", "names change"),
        (8, "  number: id", "7:1: fields.id", "is missing"),
        (9, "  agent: {email: mail}", "9:3: fields.agent", "needs name or id"),
        (9, "  agent: {name: {steps: [trim]}}", "9:11: fields.agent.name.path", "is missing"),
        (9, "  group: {path: a, steps: [{lookup: team}]}", "9:29: fields.group.steps[0].lookup", 'Did you mean "teams"?'),
        (9, "  group: {path: a, name: b}", "9:3: fields.group", "path and name are both the name"),
        (9, "  group: {name: a, steps: [trim]}", "9:3: fields.group", "steps need a path"),
        (9, "  group: {path: lenght(a)}", "9:11: fields.group.path", "there is no function lenght()"),
        (9, "  created: at", "9:3: fields.created", 'Did you mean "created_at"?'),
        (10, "  subject: {path: title, steps: [strip]}", "10:34: fields.subject.steps[0]", "is no step (there are base64, date,"),
        (10, "  subject: {path: t, steps: [{trim: 1}]}", "10:30: fields.subject.steps[0]", "write - trim"),
        (10, "  subject: {path: t, steps: [{map: {a: b}, default: c}]}", "10:30: fields.subject.steps[0]", "a dash of its own"),
        (10, "  subject: {path: t, steps: [{regex: {pattern: '(a'}}]}", "10:39: fields.subject.steps[0].regex.pattern", "missing ) at"),
        (10, "  subject: {path: t, steps: [{regex: {pattern: a, flag: i}}]}", "10:51: fields.subject.steps[0].regex.flag", "unknown setting"),
        (10, "  subject: {path: t, steps: [{map: {A: b, a: c}}]}", "10:43: fields.subject.steps[0].map.a", "is the same as 'A'"),
        (10, "  subject: {path: t, steps: [{ranges: {0: b, 0.0: c}}]}", "10:46: fields.subject.steps[0].ranges.0.0", "the same as '0'"),
        (13, "  updated_at: {path: c, steps: [{date: {format: '%d.%m'}}]}", "13:41: fields.updated_at.steps[0].date.format", "it needs a day, a month"),
        (13, "  updated_at: {path: c, steps: [{date: {format: dd.mm.yyyy}}]}", "13:41: fields.updated_at.steps[0].date.format", "expected auto, iso, epoch"),
        # maps
        (14, "statuses: {New: open, new: closed}", "14:23: statuses.new", "is the same as 'New'"),
        (14, "statuses: {new: opened}", "14:12: statuses.new.phase", 'Did you mean "open"?'),
        (15, "priorities: {P1: urgent, p1: low}", "15:26: priorities.p1", "is the same as 'P1'"),
        (15, "priorities: {P1: top}", "15:14: priorities.P1", "expected low, medium, high or urgent"),
        # links
        (16, "link: '{base}{id}'", "16:1: link", "has to begin with {base}/"),
        (16, "link: 'https://{id}.example.org/'", "16:1: link", "has to begin with {base}/"),
        (16, "link: 'javascript:{id}'", "16:1: link", "has to begin with {base}/"),
        (16, "link: 'https://wall.example.org/{id}'", "16:1: link", "leads to another host"),
        (16, "link: '{base}/{a b}'", "16:1: link", "is no place"),
        # secrets
        (1, "base_url: http://desk.example.com", "1:1: base_url", "has to begin with https://"),
        (2, "secrets: {token: abcdef}", "2:11: secrets.token", "a secret is not written into YAML"),
        (3, "auth: {kind: header, headers: {X-Key: '{tokn}'}}", "3:32: auth.headers.X-Key", 'Did you mean "token"?'),
        (3, "auth: {kind: header, headers: {X-Key: abcdefgh12345678}}", "3:32: auth.headers.X-Key", "is a secret that is written into YAML"),
        (3, "auth: {kind: query, params: {key: abc}}", "3:30: auth.params.key", "is a secret that is written into YAML"),
        (3, "auth: {kind: basic, user: '{token}', password: Sesame17Sesame17x}", "3:38: auth.password", "is a secret that is written into YAML"),
        (3, "auth: {kind: basic, user: ben, password: sesame}", "3:32: auth.password", "is a secret that is written into YAML"),
        (3, "auth: {kind: basic, user: a, password: ''}", "3:1: auth", "has no secret"),
        (3, "auth: {kind: oauth2, path: 'http://a.example.com/t', params: {client_secret: '{token}'}}", "3:22: auth.path", "https://"),
        (4, "tickets: {path: /t, headers: {Authorization: Bearer x}}", "4:31: tickets.headers.Authorization", "auth (kind: header or query)"),
        (4, "tickets: {path: /t, params: {api_key: x}}", "4:30: tickets.params.api_key", "auth (kind: header or query)"),
        (4, "tickets: {path: '/t?api_key=abc'}", "4:11: tickets.path", "auth (kind: header or query)"),
        (5, "details: {sla: {path: '/s/{id}', headers: {Authorization: Bearer x}}}", "5:44: details.sla.headers.Authorization", "auth (kind: header or query)"),
        (4, "tickets: {method: POST, path: /t, body: {query: {key: state}, auth: {api_key: x}}}", "4:70: tickets.body.auth.api_key", "auth (kind: body)"),
        (5, "changes: {body: {since: '{since}', password: x}}", "5:36: changes.body.password", "auth (kind: body)"),
        (6, "lookups: {teams: {fetch: {path: /t, params: {token: x}}}}", "6:46: lookups.teams.fetch.params.token", "auth (kind: header or query)"),
        (5, "changes: {params: {a: '{since}', key: x}}", "5:34: changes.params.key", "auth (kind: header or query)"),
        (16, "proxy: 'http://ana:sesame@proxy.example.com:3128'", "16:1: proxy", "set HTTPS_PROXY in the environment"),
        (16, "proxy: proxy.example.com", "16:1: proxy", "expected an address such as http://proxy.example.com:3128"),
        # requests
        (4, "tickets: {path: '/t/{sinse}'}", "4:11: tickets.path", "the place {sinse} has no value here"),
        (1, "base_url: https://ana:secret@desk.example.com", "1:1: base_url", "expected an address such as"),
        (1, "base_url: https://:secret@desk.example.com", "1:1: base_url", "expected an address such as"),
        (1, "base_url: 'https://{host}.example.com'", "1:1: base_url", "expected an address such as"),
        (3, "auth: {kind: oauth2, path: 'http://[', params: {client_secret: '{token}'}}", "3:22: auth.path", "is no address"),
        (4, "tickets: {path: 'https://desk.example.com/t'}", "4:11: tickets.path", "is below base_url"),
        (16, "link_hosts: ['https://files.example.com']", "16:14: link_hosts[0]", "expected a host such as"),
        (5, "details: {a: {path: '/x/{b.id}'}, b: {path: '/y/{id}'}}", "5:15: details.a.path", "b, which is asked for later: move it up"),
        (5, "details: {a: {path: '/x/{id}', params: {q: '{a.id}'}}}", "5:41: details.a.params.q", "is in the answer to itself"),
        (10, "  subject: {path: t, otherwise: {path: u, steps: [{lookup: team}]}}", "10:52: fields.subject.otherwise.steps[0].lookup", 'Did you mean "teams"?'),
        (10, "  subject: {path: t, otherwise: {path: a-b}}", "10:34: fields.subject.otherwise.path", "is no JMESPath expression"),
        (8, "  id: {path: id, otherwise: {path: key, steps: [{default: x}]}}", "8:50: fields.id.otherwise.steps[0].default", "made up would make one"),
        (5, "one: {path: /api/ticket}", "5:7: one.path", "needs the place {id}"),
        (5, "changes: {params: {a: b}}", "5:1: changes", "one of its params needs the place {since}"),
        (5, "changes: {params: {a: '{since}'}, since: {format: yyyy-MM-dd}}", "5:43: changes.since.format", "expected iso, epoch, epoch_ms or a pattern"),
        (5, "changes: {params: {a: '{since}'}, since: {format: '%H:%M'}}", "5:43: changes.since.format", "it needs a day"),
        (16, "dates: {zone: Europe/Berln}", "16:9: dates.zone", 'Did you mean "Europe/Berlin"?'),
        (16, "dates: {time_of_day: '24:00'}", "16:9: dates.time_of_day", "write 23:59"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_line_and_column(
    tmp_path: Path, number: int, text: str, place: str, words: str
) -> None:
    lines = GOOD.splitlines()
    lines[number - 1 : number] = [text]
    found = [
        problem for problem in problems(tmp_path, "\n".join(lines) + "\n") if ": warning: " not in problem
    ]
    assert len(found) == 1, found
    assert found[0].startswith(f"{place}: ")
    assert words in found[0]


@pytest.mark.parametrize(
    ("number", "text", "place", "words"),
    [
        (
            2,
            "secrets: {token: env:DESK_TOKEN, old: env:DESK_TOKEN}",
            "2:34: warning: secrets.old",
            "is not used",
        ),
        (11, "  type: kind", "14:1: warning: statuses", "fields.status does not say"),
        (12, "  type: kind", "15:1: warning: priorities", "fields.priority does not say"),
        (16, "link: '{base}/t/{id}'", "9:3: warning: fields.url", "is not used, because link says"),
        (16, "tls: {ca: our.pem}", "16:7: warning: tls.ca", "cannot be read (No such file or directory)"),
        (16, "tls: {ca: config/sources.d/desk.yaml}", "16:7: warning: tls.ca", "is no certificate (PEM) in"),
    ],
)
def test_what_is_not_used_or_not_there_is_a_warning(
    tmp_path: Path, number: int, text: str, place: str, words: str
) -> None:
    lines = GOOD.splitlines()
    lines[number - 1 : number] = [text]
    (found,) = problems(tmp_path, "\n".join(lines) + "\n")
    assert found.startswith(f"{place}: ")
    assert words in found


def test_a_fixed_password_beside_a_key_as_user_is_fine(tmp_path: Path) -> None:
    text = GOOD.replace(
        '{kind: header, headers: {Authorization: "Token {token}"}}',
        "{kind: basic, user: '{token}', password: X}",
    )
    assert problems(tmp_path, text) == []


def test_a_key_in_the_body_needs_requests_that_are_posted(tmp_path: Path) -> None:
    text = GOOD.replace(
        '{kind: header, headers: {Authorization: "Token {token}"}}',
        "{kind: body, params: {apikey: '{token}'}}",
    )
    found = problems(tmp_path, text)
    assert [line.split(" ")[0] for line in found] == ["4:1:", "5:1:"]
    assert all("it needs method: POST" in line for line in found)
    text = text.replace("{path: /", "{method: POST, path: /").replace('{path: "/', '{method: POST, path: "/')
    assert problems(tmp_path, text) == []


def test_plain_http_is_fine_on_this_machine_and_where_it_is_allowed(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD.replace("https://desk.example.com", "http://127.0.0.1:8080")) == []
    assert problems(tmp_path, GOOD.replace("https://", "http://") + "allow_http: true\n") == []


def test_no_message_repeats_what_may_be_a_secret(tmp_path: Path) -> None:
    for auth in (
        "{kind: header, headers: {X-Key: c4n4ryc4n4ryc4n4ry}}",
        "{kind: basic, user: ben, password: c4n4ry}",
        "{kind: query, params: {key: c4n4ryc4n4ryc4n4ry, x: '{c4n4ry'}}",
        "{kind: c4n4ryc4n4ryc4n4ry}",
        "c4n4ryc4n4ryc4n4ry",
    ):
        found = problems(
            tmp_path, GOOD.replace('{kind: header, headers: {Authorization: "Token {token}"}}', auth)
        )
        assert found
        if "kind: c4n" not in auth:
            assert "c4n4ry" not in " ".join(found)
