"""The request log, from which tests read budgets and manners."""

from datetime import timedelta

from deskwatch.demo import faults


def test_every_request_is_logged_with_its_time_its_cost_and_its_query(desk, client, clock):
    client.get("/tickets", include="stats", page=2)
    clock.pass_(seconds=30)
    client.get("/tickets/999")
    client.get("/tickets", key="wrong")
    listed, viewed, refused = desk.log.of()
    assert (listed.route, listed.status, listed.credits) == ("list", 200, 3)
    assert listed.query == {"include": "stats", "page": "2"}
    assert viewed.at - listed.at == timedelta(seconds=30)
    assert (viewed.route, viewed.path, viewed.status) == ("view", "/tickets/999", 404)
    assert (refused.status, refused.credits, refused.authorized) == (401, 0, True)


def test_credits_are_summed_over_any_minute(desk, client, clock):
    for _ in range(4):
        client.get("/tickets", include="stats,requester")
        clock.pass_(seconds=25)
    assert desk.log.credits() == 20
    assert desk.log.credits(since=clock.now - timedelta(seconds=50)) == 10
    assert desk.log.busiest_minute() == 15
    desk.log.clear()
    assert (len(desk.log), desk.log.busiest_minute()) == (0, 0)


def test_a_fault_is_named_in_the_log(desk, client):
    desk.faults.add("list", faults.bad_gateway())
    client.get("/tickets")
    assert desk.log.of("list")[0].fault == "502 HTML"
