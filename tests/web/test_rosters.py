import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from migration_planner.people.models import RosterImport, User
from migration_planner.people.roster import comparing
from migration_planner.planning import rosters
from migration_planner.planning.models import Event
from migration_planner.web import uploads

HEADER = "email,name,team,role,home_team,timezone"
GOOD = "ana@acme.example,Ana,Acme/Sales,lead,yes,UTC"
BAD = '=cmd|calc,"Bo ""Bad""",Acme,member,yes,UTC'
Upload = Callable[..., Any]


@pytest.fixture
def upload(client: Client, owner: Any) -> Upload:
    """Upload rows as the owner (or by=somebody) and answer the response."""

    def send(*rows: str, by: Any = owner, name: str = "people.csv", header: str = HEADER, **data: Any) -> Any:
        client.force_login(by)
        file = SimpleUploadedFile(name, "\n".join([header, *rows]).encode(), content_type="text/csv")
        return client.post(reverse("roster"), {"file": file, **data})

    return send


def url(name: str, import_: RosterImport) -> str:
    return reverse(name, args=[import_.pk])


def latest() -> RosterImport:
    found = RosterImport.objects.last()
    assert found is not None
    return found


def test_from_upload_through_preview_to_a_new_roster(upload: Upload, client: Client, owner: Any) -> None:
    assert upload(GOOD).headers["Location"] == url("roster-import", latest())
    page = client.get(url("roster-import", latest())).content.decode()
    assert "ana@acme.example" in page
    assert "Apply the roster" in page
    assert not User.objects.filter(name="Ana").exists()

    answer = client.post(url("roster-application", latest()))
    assert answer.status_code == 303
    waiting = client.get(url("roster-import", latest())).content.decode()
    assert "Waiting for its turn" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    assert "Apply the roster" not in waiting

    rosters.apply_next(now=timezone.now())
    done = client.get(url("roster-import", latest())).content.decode()
    assert "This roster came into force." in done
    assert "What it changed" in done
    assert "http-equiv" not in done
    assert User.objects.get(name="Ana").zone == "UTC"
    assert Event.objects.get(verb=Event.Verb.ROSTER_APPLIED).actor == owner


def test_htmx_gets_the_progress_alone_and_is_sent_to_the_whole_page_at_the_end(upload: Upload, client: Client) -> None:
    upload(GOOD)
    client.post(url("roster-application", latest()))
    RosterImport.objects.update(state="applying", progress="people", share=40)
    part = client.get(url("roster-import", latest()), headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<section class="panel stack" id="progress"')
    assert "Writing people · 40 %" in part.content.decode()
    assert "HX-Request" in part.headers["Vary"]
    assert "HX-Refresh" not in part.headers
    RosterImport.objects.update(state="refused", error="No.", ended_at=timezone.now())
    assert client.get(url("roster-import", latest()), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_an_import_that_nobody_takes_up_says_so_after_a_while(upload: Upload, client: Client) -> None:
    upload(GOOD)
    client.post(url("roster-application", latest()))
    assert "Nobody has taken it up" not in client.get(url("roster-import", latest())).content.decode()
    RosterImport.objects.update(requested_at=timezone.now() - timezone.timedelta(minutes=1))
    assert "Nobody has taken it up" in client.get(url("roster-import", latest())).content.decode()


def test_a_large_file_is_compared_while_nobody_waits(
    upload: Upload, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "AT_ONCE", 0)
    upload(GOOD)
    page = client.get(url("roster-import", latest())).content.decode()
    assert "Being compared" in page
    assert 'hx-trigger="every 1s"' in page
    assert "Apply the roster" not in page
    rosters.compare_next(now=timezone.now())
    assert "Apply the roster" in client.get(url("roster-import", latest())).content.decode()
    client.post(url("roster-comparison", latest()))
    assert "Being compared" in client.get(url("roster-import", latest())).content.decode()


def test_an_import_that_failed_can_be_compared_again(upload: Upload, client: Client) -> None:
    upload(GOOD)
    RosterImport.objects.update(state="failed", error="It failed.", ended_at=timezone.now(), comparison={})
    page = client.get(url("roster-import", latest())).content.decode()
    assert "It failed." in page
    assert "Apply the roster" not in page
    client.post(url("roster-comparison", latest()))
    assert "Apply the roster" in client.get(url("roster-import", latest())).content.decode()


def test_bad_rows_are_shown_downloaded_safely_and_left_out_only_on_request(upload: Upload, client: Client) -> None:
    upload(GOOD, BAD)
    page = client.get(url("roster-import", latest())).content.decode()
    assert "“=cmd|calc” is not an email address." in page
    assert 'name="skip_bad" required' in page

    file = client.get(url("roster-bad-rows", latest()))
    assert file.headers["Content-Disposition"] == 'attachment; filename="peoplecsv-bad-rows.csv"'
    lines = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert lines[0][:4] == ["Line", "Reason", "email", "name"]
    assert lines[1][:4] == ["3", "“=cmd|calc” is not an email address.", "'=cmd|calc", 'Bo "Bad"']

    client.post(url("roster-application", latest()))
    rosters.apply_next(now=timezone.now())
    assert "It was not applied, and nothing has changed" in client.get(url("roster-import", latest())).content.decode()
    client.post(url("roster-application", latest()), {"skip_bad": "on"})
    rosters.apply_next(now=timezone.now())
    assert latest().state == RosterImport.State.APPLIED
    assert User.objects.filter(name="Ana").exists()
    again = client.get(url("roster-bad-rows", latest()))
    assert "cmd|calc" in b"".join(again.streaming_content).decode(), "there is still something to correct"  # type: ignore[attr-defined]


def test_many_leavers_are_confirmed_on_the_page(upload: Upload, client: Client, lead: Any, employee: Any) -> None:
    upload("olga@acme.example,Olga,Acme,member,yes,UTC", full="on")
    page = client.get(url("roster-import", latest())).content.decode()
    assert "2 of 3 people would leave" in page
    assert 'name="confirm_leavers" required' in page
    client.post(url("roster-application", latest()), {"confirm_leavers": "on"})
    rosters.apply_next(now=timezone.now())
    employee.refresh_from_db()
    assert not employee.is_active


def test_a_preview_that_another_roster_overtook_asks_to_be_compared_again(
    upload: Upload, client: Client, administrator: Any
) -> None:
    upload(GOOD)
    mine = latest()
    upload("bo@acme.example,Bo,Acme,member,yes,UTC", by=administrator)
    client.post(url("roster-application", latest()))
    rosters.apply_next(now=timezone.now())
    page = client.get(url("roster-import", mine)).content.decode()
    assert "Another roster came into force since" in page
    assert "Apply the roster" not in page
    assert client.post(url("roster-comparison", mine)).status_code == 303
    assert "Apply the roster" in client.get(url("roster-import", mine)).content.decode()


def test_pressing_apply_twice_is_told_apart(upload: Upload, client: Client) -> None:
    upload(GOOD)
    client.post(url("roster-application", latest()))
    again = client.post(url("roster-application", latest()))
    assert again.status_code == 409
    assert "being applied" in again.content.decode()
    assert client.post(url("roster-comparison", latest())).status_code == 409


@pytest.mark.parametrize(
    ("header", "rows", "status", "says"),
    [
        ("name,team", ["Ana,Acme"], 409, "lacks the column email"),
        (HEADER, [], 409, "no row"),
        (HEADER, ['"Ana,Acme'], 409, "quotation mark"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_beside_the_field(
    upload: Upload, header: str, rows: list[str], status: int, says: str
) -> None:
    answer = upload(*rows, header=header)
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert not RosterImport.objects.exists()


def test_no_file_and_too_large_a_file_are_told_apart(
    upload: Upload, client: Client, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(owner)
    none = client.post(reverse("roster"), {})
    assert none.status_code == 422
    assert "Choose the file" in none.content.decode()
    monkeypatch.setattr(uploads, "LARGEST_FILE", 20)
    large = upload(GOOD)
    assert large.status_code == 422
    assert "larger than 50 MB" in large.content.decode()
    assert not RosterImport.objects.exists()


def test_names_in_a_file_are_text_and_never_markup(upload: Upload, client: Client) -> None:
    upload("x@acme.example,<script>alert(1)</script>,Acme/<b>,member,yes,UTC", name="<i>.csv")
    page = client.get(url("roster-import", latest())).content.decode()
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_owners_see_their_own_imports_and_administrators_and_auditors_all(
    upload: Upload, client: Client, owner: Any, administrator: Any, auditor: Any, person: Callable[..., Any]
) -> None:
    upload(GOOD)
    mine = latest()
    pages = [url(name, mine) for name in ("roster-import", "roster-bad-rows")]
    acts = [url(name, mine) for name in ("roster-application", "roster-comparison")]
    doors = [
        (owner, 200, 303),
        (administrator, 200, 303),
        (auditor, 200, 403),
        (person("other", is_owner=True), 404, 404),
        (person("someone"), 404, 404),
    ]
    for reader, reads, does in doors:
        client.force_login(reader)
        assert [client.get(page).status_code for page in pages] == [reads, reads]
        for act in acts:
            RosterImport.objects.filter(pk=mine.pk).update(state="previewed", ended_at=None)
            assert client.post(act).status_code == does
            assert client.get(act).status_code == 405
    for reader, reads, uploads_ in ((owner, 200, 422), (auditor, 200, 403), (person("nobody"), 403, 403)):
        client.force_login(reader)
        assert client.get(reverse("roster")).status_code == reads
        assert client.post(reverse("roster"), {}).status_code == uploads_


def test_the_list_of_imports_costs_the_same_for_one_and_for_many(
    upload: Upload, client: Client, django_assert_max_num_queries: Any
) -> None:
    for _number in range(3):
        upload(GOOD)
    with django_assert_max_num_queries(6):
        page = client.get(reverse("roster")).content.decode()
    assert page.count("people.csv") == 3
