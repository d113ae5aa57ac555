"""The simulated helpdesk that a watcher starts for itself."""

import requests

from deskwatch.beside import DEMO_URL, demo_beside
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
