"""The scanner is handed out, its reports are sent by hand, and what they found stands on pages."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning.counting import recount
from migration_planner.planning.models import Evidence, Report, ReportToken, Step, Workflow
from migration_planner.planning.scans import programs, tokens
from tests import scans

pytestmark = pytest.mark.django_db
SHOP = "github.com/acme/shop"
DAY = timedelta(days=1)
USED = {"instructions": ["CLAUDE.md", "web/CLAUDE.md"], "hooks": [".claude/settings.json"]}


@pytest.fixture
def steps(ban: Any) -> dict[str, Step]:
    made = scans.ask(ban)
    recount(ban)
    return made


def page(client: Any, who: Any, name: str, *args: Any, **query: Any) -> str:
    client.force_login(who)
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_scanner_of_a_ban_says_what_the_ban_says(
    client: Any, ban: Any, steps: Any, employee: Any, tmp_path: Path
) -> None:
    Workflow.objects.filter(key="hooks").update(compatibility="none", loss="Everything.", title="Our hooks")
    client.force_login(employee)
    answer = client.get(reverse("ban-scan-program", args=[ban.pk]))
    (tmp_path / "scan.pyz").write_bytes(answer.content)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/CLAUDE.md").write_text("Use tabs.\n")
    run = [
        sys.executable,
        "-I",
        str(tmp_path / "scan.pyz"),
        str(tmp_path / "tree"),
        "--repository",
        SHOP,
        "--json",
        "-",
    ]
    found = json.loads(subprocess.run(run, capture_output=True, check=True).stdout)
    assert found["tool"] == "Old Editor"
    assert found["workflows_known"] == 3
    assert [(row["key"], row["compatibility"]) for row in found["workflows"]] == [("instructions", "full")]
    hooks = next(row for row in programs.document_of(ban)["workflows"] if row["key"] == "hooks")  # type: ignore[index]
    assert (hooks["title"], hooks["compatibility"], hooks["loss"]) == ("Our hooks", "none", "Everything.")


def test_the_same_scanner_is_the_same_bytes_and_is_not_fetched_twice(
    client: Any, ban: Any, steps: Any, owner: Any
) -> None:
    client.force_login(owner)
    url = reverse("ban-scan-program", args=[ban.pk])
    first = client.get(url)
    programs._built.cache_clear()
    assert client.get(url).content == first.content
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert first["X-Checksum-SHA256"] in page(client, owner, "ban", ban.pk)


def test_a_pipeline_fetches_it_with_the_token_of_a_team_the_ban_reaches(
    client: Any, ban: Any, steps: Any, search: Any, team: Any, lead: Any
) -> None:
    url, now = reverse("ban-scan-program", args=[ban.pk]), timezone.now()
    mine, other = tokens.make(search, by=lead, now=now), tokens.make(team("Other"), by=lead, now=now)
    assert client.get(url, headers={"Authorization": f"Bearer {mine}"}).status_code == 200
    assert client.get(url, headers={"Authorization": f"Bearer {other}"}).status_code == 404
    assert client.get(url, headers={"Authorization": "Bearer mpr_guessed"}).status_code == 302
    assert client.get(reverse("scan-program")).status_code == 200


def test_a_ban_that_no_scanner_knows_has_none(client: Any, ban: Any, owner: Any, search: Any) -> None:
    client.force_login(owner)
    assert client.get(reverse("ban-scan-program", args=[ban.pk])).status_code == 404
    assert "scan.pyz" not in page(client, owner, "ban", ban.pk)
    assert "No scanner knows this move" in page(client, owner, "team-scans", ban.pk, search.pk)
    assert "What the scans found" not in page(client, owner, "team", ban.pk, search.pk)


def test_an_empty_page_says_how_to_begin_and_the_commands_hold_no_token(
    client: Any, ban: Any, steps: Any, search: Any, lead: Any
) -> None:
    assert "No repository has been scanned yet" in page(client, lead, "team", ban.pk, search.pk)
    shown = page(client, lead, "team-scans", ban.pk, search.pk)
    assert f"python3 scan.pyz --send {'http'}" in shown
    assert "/api/reports/" in shown
    assert "mpr_" not in shown


def test_a_token_is_made_shown_once_and_revoked(client: Any, ban: Any, steps: Any, search: Any, lead: Any) -> None:
    url = reverse("team-report-token", args=[ban.pk, search.pk])
    client.force_login(lead)
    made = client.post(url, {"act": "make", "name": "Robot 7", "days": "30"})
    assert "mpr_" in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    shown = page(client, lead, "team-scans", ban.pk, search.pk)
    assert "Robot 7" in shown
    assert "never" in shown
    assert "mpr_" not in shown
    row = ReportToken.objects.get()
    assert (row.team, row.expires_at - row.made_at) == (search, timedelta(days=30))
    assert client.post(url, {"act": "revoke", "token": row.pk}).status_code == 303
    assert "Robot 7" not in page(client, lead, "team-scans", ban.pk, search.pk)
    assert list(ban.events.filter(migration__team=search).values_list("verb", flat=True)) == [
        "token_made",
        "token_revoked",
    ]


def test_a_report_is_sent_by_hand_and_a_wrong_one_is_explained(
    client: Any, ban: Any, steps: Any, search: Any, lead: Any, employee: Any
) -> None:
    url, at = reverse("team-report-upload", args=[ban.pk, search.pk]), timezone.now() - DAY
    client.force_login(lead)

    def send(raw: bytes) -> Any:
        return client.post(url, {"file": SimpleUploadedFile("report.json", raw)}, follow=True)

    raw = json.dumps(scans.report(SHOP, at, USED)).encode()
    assert "counts now" in send(raw).content.decode()
    assert "here already" in send(raw).content.decode()
    wrong = send(b'{"snippet": "x"}')
    assert wrong.status_code == 422
    assert "no field “snippet”" in wrong.content.decode()
    assert client.post(url).status_code == 422
    assert Report.objects.get().token is None
    client.force_login(employee)
    assert client.post(url).status_code == 403


def test_the_team_sees_what_is_used_what_is_back_and_who_sent_it(
    client: Any, ban: Any, steps: Any, search: Any, lead: Any, employee: Any, now: Any
) -> None:
    scans.send(search, lead, SHOP, now)
    scans.send(search, lead, SHOP, now + DAY, USED)
    scans.send(search, lead, "github.com/acme/clean", now)
    shown = "".join(page(client, employee, "team", ban.pk, search.pk, step=step.pk) for step in steps.values())
    for words in (
        "2 workflows are back",
        SHOP,
        "CLAUDE.md",
        "by the scan of Lee",
        "Found again",
        "2 of 3 workflows in use",
    ):
        assert words in shown, words
    mine = page(client, employee, "checklist", ban.checklists.get(person=employee).pk)
    assert "Your team’s repositories use 2 workflows" in mine
    assert mine.index("Found in your team’s repositories") < mine.index("Export")


def test_the_page_counts_as_many_workflows_as_the_scanner_and_says_which_can_be_found(
    client: Any, ban: Any, steps: Any, search: Any, lead: Any, now: Any
) -> None:
    for position, key in enumerate(("history", "of-our-own"), start=8):
        Workflow.objects.create(ban=ban, key=key, position=position, title=key, compatibility="none")
    document = programs.document_of(ban)
    assert document
    assert len(document["workflows"]) == 4
    assert "A scan can find 3 of the 4 workflows of Old Editor" in page(client, lead, "team", ban.pk, search.pk)
    scans.send(search, lead, SHOP, now, USED)
    for name in ("team", "team-scans"):
        assert "2 of 4 workflows in use" in page(client, lead, name, ban.pk, search.pk)


def test_claimed_and_verified_stand_apart(
    client: Any, ban: Any, steps: Any, search: Any, lead: Any, owner: Any, now: Any
) -> None:
    migration = ban.migrations.get(team=search)
    migration.mark(ban.steps.get(key="announce"), "done", by=lead, now=now)
    scans.send(search, lead, SHOP, now)
    shown = page(client, owner, "team", ban.pk, search.pk, step=ban.steps.get(key="announce").pk)
    assert "2 verified, 1 claimed" in shown
    assert "Not applicable, verified" in shown
    assert "Claimed by Lee" in shown
    rows = page_of_file(client, "ban-teams", ban.pk)
    assert rows[-1].startswith("Acme/Engineering/Search,")
    assert rows[-1].startswith("Acme/Engineering/Search,2,0,0,0,2,3,0,")
    assert rows[-1].endswith(",0,0,2,1")


def page_of_file(client: Any, name: str, *args: Any) -> list[str]:
    return b"".join(client.get(reverse(name, args=args)).streaming_content).decode().splitlines()


def test_everybody_reads_what_scans_say_of_their_steps_and_what_was_sent_in_their_name(
    client: Any, ban: Any, steps: Any, search: Any, lead: Any, employee: Any
) -> None:
    now = timezone.now()
    for day in range(2):
        scans.send(search, lead, SHOP, now + day * DAY, {"skills": [".claude/skills/a/SKILL.md"]})
    held = page(client, employee, "held")
    assert "in use, by the scans" in held
    assert "a scan says otherwise" in held
    assert f"{SHOP}: 2" not in held
    held = page(client, lead, "held")
    assert f"{SHOP}: 2" in held
    assert "Acme/Engineering/Search, by hand" in held
    data = json.loads(client.get(reverse("held-file")).content)
    assert {row["source"] for row in data["scans"]} == {SHOP}
    assert len(data["reports"]) == 1


def test_a_lead_sets_evidence_aside_with_a_reason_and_takes_that_back(
    client: Any, ban: Any, steps: Any, search: Any, lead: Any, employee: Any, now: Any
) -> None:
    scans.send(search, lead, SHOP, now)
    url = reverse("team-evidence", args=[ban.pk, search.pk, steps["set-off-hooks"].pk])
    client.force_login(employee)
    assert client.post(url, {"act": "set_aside", "why": "No."}).status_code == 403
    client.force_login(lead)
    assert client.post(url, {"act": "set_aside", "why": ""}).status_code == 409
    assert client.post(url, {"act": "set_aside", "why": "They lie elsewhere."}).status_code == 303
    assert "was set aside by Lee" in page(client, lead, "team", ban.pk, search.pk, step=steps["set-off-hooks"].pk)
    client.post(url, {"act": "restore"})
    assert Evidence.objects.standing().filter(step=steps["set-off-hooks"]).exists()


def test_a_repository_has_its_history_and_the_difference_of_two_reports(
    client: Any, ban: Any, steps: Any, search: Any, lead: Any, now: Any
) -> None:
    first = scans.send(search, lead, SHOP, now, {"instructions": ["CLAUDE.md"]})
    second = scans.send(search, lead, SHOP, now + DAY, USED)
    third = scans.send(search, lead, SHOP, now + 2 * DAY)
    shown = page(client, lead, "team-repository", ban.pk, search.pk, third.pk)
    assert "Places that are gone" in shown
    assert shown.count("by hand") == 3
    shown = page(client, lead, "team-repository", ban.pk, search.pk, third.pk, old=first.pk, new=second.pk)
    assert "New places" in shown
    assert "web/CLAUDE.md" in shown
    assert "1 place as before" in shown
    client.force_login(lead)
    other = scans.send(search.parent.parent, lead, "github.com/acme/else", now)
    assert client.get(reverse("team-repository", args=[ban.pk, search.pk, other.pk])).status_code == 200, "from above"
    assert client.get(reverse("team-repository", args=[ban.pk, search.pk, 10**9])).status_code == 404


def test_a_demanded_step_says_so_to_the_employee(client: Any, ban: Any, steps: Any, employee: Any, owner: Any) -> None:
    step = steps["see-it-clean"]
    client.force_login(owner)
    form = {
        "title": step.title,
        "required": "on",
        "minutes": "5",
        "must_be_verified": "on",
        "why": "Proof.",
        "place": "6",
    }
    assert client.post(reverse("ban-step", args=[ban.pk, step.pk]), form).status_code == 303
    shown = page(client, employee, "checklist", ban.checklists.get(person=employee).pk)
    assert "A tick alone does not finish it" in shown
    client.post(reverse("checklist-step", args=[ban.checklists.get(person=employee).pk, step.pk]), {"state": "done"})
    assert "waits for a clean scan" in page(client, employee, "checklist", ban.checklists.get(person=employee).pk)


def test_pages_of_scans_take_the_same_queries_however_much_is_reported(
    client: Any, ban: Any, steps: Any, search: Any, lead: Any, now: Any, django_assert_max_num_queries: Any
) -> None:
    client.force_login(lead)
    urls = [reverse("team", args=[ban.pk, search.pk]), reverse("team-scans", args=[ban.pk, search.pk])]
    scans.send(search, lead, SHOP, now, USED)
    client.get(urls[1])  # the scanner for the ban is built once in a process
    counted = []
    for repositories in (1, 12):
        for number in range(repositories):
            scans.send(search, lead, f"{SHOP}-{number}", now, USED)
        for url, most in zip(urls, (23, 12), strict=True):
            with django_assert_max_num_queries(most) as asked:
                client.get(url)
            counted.append(len(asked))
    assert counted[:2] == counted[2:]
