"""What an admin may write about a source, and what is answered to what he may not."""

from typing import Any

import pytest
from pydantic import ValidationError

from deskwatch.core.ticket import Phase
from deskwatch.settings import is_loopback
from deskwatch.sources.freshservice_settings import (
    DemoSettings,
    FreshdeskSettings,
    FreshserviceSettings,
)


def words_of(**given: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        FreshserviceSettings.model_validate(given)
    return str(caught.value)


def test_a_subdomain_is_enough() -> None:
    settings = FreshserviceSettings.model_validate({"subdomain": "Example"})
    assert settings.api_root == settings.web_root == "https://example.freshservice.com"
    assert settings.workspaces == "all"


def test_freshdesk_lives_elsewhere_and_ships_other_statuses() -> None:
    settings = FreshdeskSettings.model_validate({"subdomain": "example"})
    assert settings.api_root == "https://example.freshdesk.com"
    assert settings.phases[6] is Phase.WAITING_ON_CUSTOMER


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("https://help.example.org/", "https://help.example.org"),
        ("https://help.example.org/api/v2", "https://help.example.org"),
        ("https://help.example.org/api/v2/", "https://help.example.org"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_base_address_is_taken_with_or_without_the_path_of_the_api(base: str, root: str) -> None:
    assert FreshserviceSettings.model_validate({"base_url": base}).api_root == root


@pytest.mark.parametrize(
    "base", ["http://help.example.org", "http://10.0.0.1", "http://localhost.example.org"]
)
def test_the_key_does_not_travel_readable(base: str) -> None:
    assert "must start with https://" in words_of(base_url=base)


@pytest.mark.parametrize(
    "base",
    [
        "help.example.org",
        "ftp://x",
        "https://",
        "https://a:b@x",
        "https://x?a=1",
        "https://x:99999",
        "https://[",
    ],
)
def test_what_is_no_address_is_answered_with_one(base: str) -> None:
    assert "expected an address such as https://example.freshservice.com" in words_of(base_url=base)


def test_exactly_one_of_subdomain_and_address_is_wanted() -> None:
    assert "set either subdomain or base_url" in words_of()
    assert "set either subdomain or base_url" in words_of(subdomain="a", base_url="https://x.org")


@pytest.mark.parametrize("subdomain", ["example.freshservice.com", "-a", "a b", "a/b", "", "a" * 70])
def test_a_subdomain_is_only_the_first_part(subdomain: str) -> None:
    assert "just the first part" in words_of(subdomain=subdomain)


def test_one_workspace_may_be_written_without_brackets() -> None:
    settings = FreshserviceSettings.model_validate({"subdomain": "a", "workspaces": "3"})
    assert settings.workspaces == [3]


def test_a_status_map_overrides_what_the_helpdesk_ships() -> None:
    given = {"subdomain": "a", "statuses": {"3": {"phase": "on_hold"}, "26": {"phase": "customer_replied"}}}
    phases = FreshserviceSettings.model_validate(given).phases
    assert phases[3] is Phase.ON_HOLD
    assert phases[26] is Phase.CUSTOMER_REPLIED
    assert phases[4] is Phase.RESOLVED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("per_page", "101"),
        ("per_page", "0"),
        ("poll_interval", "0.1s"),
        ("budget_share", "1.5"),
        ("overlap", "2h"),
    ],
)
def test_a_number_out_of_bounds_is_refused(field: str, value: str) -> None:
    assert field in words_of(subdomain="a", **{field: value})


def test_the_demo_needs_nothing() -> None:
    assert DemoSettings().api_key.reveal() == "demo"


def test_only_this_machine_is_loopback() -> None:
    assert [is_loopback(h) for h in ("localhost", "127.0.0.9", "::1", "10.0.0.1", "example.org")] == [
        True,
        True,
        True,
        False,
        False,
    ]
