"""The simulated helpdesk that a watcher starts for itself."""

import socket

import requests

from deskwatch.beside import DEMO_URL, demo_beside, demo_port
from deskwatch.sources.freshservice_settings import DemoSettings


def open_tickets(url):
    query = {"query": '"status:2 OR status:7 OR status:9"', "workspace_id": "0"}
    answer = requests.get(url + "/api/v2/tickets/filter", params=query, auth=("demo", "X"), timeout=10)
    return {row["id"]: row["created_at"] for row in answer.json()["tickets"]}


def test_the_next_command_meets_the_same_tickets(tmp_path, monkeypatch):
    monkeypatch.delenv(DEMO_URL, raising=False)
    sources = {"demo": DemoSettings()}
    with demo_beside(sources, tmp_path) as url:
        before = open_tickets(url)
    with demo_beside(sources, tmp_path) as url:
        after = open_tickets(url)
    assert before
    same = [id_ for id_ in before if after.get(id_) == before[id_]]
    assert len(same) >= 0.9 * len(before), "all but what changed in between"


def test_a_running_demo_is_used_and_none_is_started_without_need(tmp_path, monkeypatch):
    monkeypatch.setenv(DEMO_URL, "http://127.0.0.1:1")
    with demo_beside({"demo": DemoSettings()}, tmp_path) as url:
        assert url == "http://127.0.0.1:1"
    monkeypatch.delenv(DEMO_URL)
    with demo_beside({}, tmp_path) as url:
        assert url is None
    assert list(tmp_path.iterdir()) == []


def test_the_links_of_the_demo_stay_the_same_from_start_to_start(tmp_path, monkeypatch):
    monkeypatch.delenv(DEMO_URL, raising=False)
    urls = []
    for _ in range(2):
        with demo_beside({"demo": DemoSettings()}, tmp_path) as url:
            open_tickets(url)
            urls.append(url)
    assert urls[0] == urls[1]


def test_a_demo_whose_port_somebody_else_has_takes_another_one(tmp_path, monkeypatch):
    monkeypatch.delenv(DEMO_URL, raising=False)
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken := demo_port(tmp_path)))
        other.listen()
        with demo_beside({"demo": DemoSettings()}, tmp_path) as url:
            assert url != f"http://127.0.0.1:{taken}"
            assert open_tickets(url)
