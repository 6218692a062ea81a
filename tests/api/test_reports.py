"""Reports of scanners come in by an API: for the team of the token, once, and without content."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.lib.errors import DomainError
from migration_planner.planning.models import Event, Report, ReportToken
from migration_planner.planning.scans import checking, tokens
from tests import scans

pytestmark = pytest.mark.django_db
SHOP = "github.com/acme/shop"


@pytest.fixture
def at() -> datetime:
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def token(search: Any, lead: Any) -> str:
    return tokens.make(search, by=lead, now=timezone.now(), name="Nightly")


def post(client: Any, token: str, data: Any) -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data)
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(reverse("api-reports"), body, content_type="application/json", headers=headers)


def test_a_report_belongs_to_the_team_of_its_token_and_is_taken_once(
    client: Any, token: str, search: Any, lead: Any, at: datetime
) -> None:
    data = scans.report(SHOP, at, {"instructions": ["CLAUDE.md"]})
    answer = post(client, token, data)
    assert (answer.status_code, answer.json()["team"], answer.json()["counts"]) == (201, search.path, True)
    again = post(client, token, json.dumps(data, indent=2).encode())
    assert (again.status_code, again.json()["id"]) == (200, answer.json()["id"])
    report = Report.objects.get()
    assert (report.team, report.sent_by, report.token.name, report.uses) == (
        search,
        lead,
        "Nightly",
        {"instructions": "used"},
    )
    assert ReportToken.objects.get().last_used_at is not None
    assert Event.objects.filter(verb="report_taken").count() == 1


def test_an_older_scan_that_arrives_late_joins_the_history_and_does_not_count(
    client: Any, token: str, at: datetime
) -> None:
    post(client, token, scans.report(SHOP, at))
    late = post(client, token, scans.report(SHOP, at - timedelta(days=1), {"instructions": ["CLAUDE.md"]}))
    assert (late.status_code, late.json()["counts"]) == (201, False)
    assert "a later scan" in late.json()["detail"]
    assert Report.objects.counting().get().uses == {}
    assert Report.objects.count() == 2


@pytest.mark.parametrize("secret", ["", "mpr_guessed", "a b", "\u00fc"])
def test_without_a_token_that_holds_nothing_is_taken(client: Any, token: str, at: datetime, secret: str) -> None:
    answer = post(client, secret, scans.report(SHOP, at))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert not Report.objects.exists()


def test_a_session_is_no_way_in(client: Any, lead: Any, at: datetime) -> None:
    client.force_login(lead)
    answer = client.post(reverse("api-reports"), json.dumps(scans.report(SHOP, at)), content_type="application/json")
    assert answer.status_code == 401


def test_a_token_ends_when_it_is_revoked_expires_or_its_maker_leaves(
    client: Any, search: Any, sales: Any, lead: Any, at: datetime
) -> None:
    now = timezone.now()
    secret = tokens.make(search, by=lead, now=now - timedelta(days=3), days=2)
    assert post(client, secret, scans.report(SHOP, at)).status_code == 401, "expired"
    secret = tokens.make(search, by=lead, now=now)
    row = ReportToken.objects.latest("pk")
    assert not tokens.revoke(sales, row.pk, by=lead, now=now), "of another team"
    assert tokens.revoke(search, row.pk, by=lead, now=now)
    assert not tokens.revoke(search, row.pk, by=lead, now=now)
    assert post(client, secret, scans.report(SHOP, at)).status_code == 401, "revoked"
    secret = tokens.make(search, by=lead, now=now)
    lead.is_active = False
    lead.save()
    assert post(client, secret, scans.report(SHOP, at)).status_code == 401, "gone"
    assert set(Event.objects.values_list("verb", flat=True)) == {"token_made", "token_revoked"}


def test_the_secret_is_kept_nowhere(search: Any, lead: Any) -> None:
    secret = tokens.make(search, by=lead, now=timezone.now())
    kept = json.dumps([list(ReportToken.objects.values()), list(Event.objects.values())], default=str)
    assert secret.removeprefix(tokens.PREFIX) not in kept


def test_a_token_lasts_a_year_at_most_and_a_team_has_a_number_of_them(search: Any, lead: Any) -> None:
    now = timezone.now()
    with pytest.raises(DomainError, match="lasts from 1"):
        tokens.make(search, by=lead, now=now, days=tokens.MOST_DAYS + 1)
    for _number in range(tokens.MOST_OPEN):
        tokens.make(search, by=lead, now=now)
    with pytest.raises(DomainError, match="Revoke one"):
        tokens.make(search, by=lead, now=now)


def finding(report: dict[str, Any], **more: Any) -> dict[str, Any]:
    report["findings"][0] |= more
    return report


WRONG = [
    ({"snippet": "secret"}, {}, "no field “snippet”"),
    ({}, {"line_text": "x"}, "no field “line_text”"),
    ({}, {"facts": {"excerpt": "text"}}, "no field “excerpt”"),
    ({}, {"facts": {"event": "x" * 200}}, "schema"),
    ({}, {"path": "x" * 5000}, "longer than"),
    ({"format": 2}, {}, "Fetch scan.pyz from here again"),
    ({"kind": "home"}, {}, "stay with their person"),
    ({"repository": " "}, {}, "--repository NAME"),
    ({"repository": "https://me:secret@host/x"}, {}, "schema"),
    ({"commit": "HEAD"}, {}, "schema"),
    ({"scanned_at": "2999-01-01T00:00:00+00:00"}, {}, "in the future"),
    ({"scanned_at": "2026-11-02T08:00:00"}, {}, "zone"),
    ({"scanned_at": "yesterday"}, {}, ""),
    ({"tool": "a\0b"}, {}, "cannot be kept"),
]


@pytest.mark.parametrize(("top", "inside", "words"), WRONG)
def test_what_is_no_report_is_refused_with_what_to_do_and_never_repeated(
    client: Any, token: str, at: datetime, top: Any, inside: Any, words: str
) -> None:
    data = finding(scans.report(SHOP, at, {"instructions": ["CLAUDE.md"]}) | top, **inside)
    answer = post(client, token, data)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert "secret" not in answer.json()["detail"]
    assert answer.json()["problems"][0]["message"]
    assert not Report.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"[1", b"\xff", b"[" * 200_000, b"3", b"null"])
def test_what_is_no_json_is_refused(client: Any, token: str, raw: bytes) -> None:
    assert post(client, token, raw).status_code == 422


def test_what_is_too_large_is_refused(client: Any, token: str) -> None:
    answer = post(client, token, b" " * (checking.LARGEST + 10))
    assert answer.status_code == 422
    assert "5 MB" in answer.json()["detail"]


def test_the_schema_is_published(client: Any) -> None:
    answer = client.get(reverse("report-schema"))
    assert json.loads(answer.content)["$schema"]
    assert answer.status_code == 200
