"""Files by programs: rosters, playbooks, reports of scans, packs of evidence."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from migration_planner.people.models import RosterImport, User
from migration_planner.planning import rosters
from migration_planner.planning.models import Ban, Report
from migration_planner.planning.playbooks import library
from tests import scans

pytestmark = pytest.mark.django_db
ROSTER = b"""email,name,team,home_team
eve@acme.example,Eve,Acme/Sales,yes
new@acme.example,New,Acme/Sales,yes
bad,Bad,Acme,yes
"""


def upload(program: Any, content: bytes, **said: Any) -> Any:
    file = SimpleUploadedFile("people.csv", content, content_type="text/csv")
    return program.client.post("/api/rosters/", {"file": file, **said}, format="multipart")


def test_a_roster_is_uploaded_looked_at_and_applied_by_the_worker(
    api: Any, owner: Any, employee: Any, acme: Any
) -> None:
    program = api(owner)
    seen = upload(program, ROSTER).json()
    assert (seen["state"], seen["rows"], seen["comparison"]["counts"]["joiners"]) == ("previewed", 3, 1)
    [bad] = program.get("api-roster-bad-rows", seen["id"]).json()["results"]
    assert (bad["line"], "not an email address" in bad["reason"]) == (4, True)
    assert program.post("api-roster-application", seen["id"], skip_bad=True).json()["state"] == "requested"
    assert program.post("api-roster-application", seen["id"], skip_bad=True).status_code == 409
    rosters.apply_next(now=timezone.now())
    assert program.get("api-roster", seen["id"]).json()["state"] == "applied"
    assert User.objects.filter(email="new@acme.example").exists()


def test_a_roster_is_put_aside_and_taken_up_again(api: Any, owner: Any, employee: Any) -> None:
    program = api(owner)
    one = upload(program, ROSTER).json()["id"]
    assert program.post("api-roster-discarding", one).json()["state"] == "discarded"
    assert program.post("api-roster-comparison", one).json()["state"] in ("previewed", "uploaded")


def test_a_file_that_is_no_roster_is_refused_in_words(api: Any, owner: Any) -> None:
    assert upload(api(owner), b"a,b\n1,2\n").status_code == 409
    assert upload(api(owner), b"").status_code == 400
    assert api(owner).post("api-rosters", file="x").status_code == 415
    assert not RosterImport.objects.exists()


def test_a_playbook_goes_out_and_comes_in_and_mistakes_have_their_lines(
    api: Any, administrator: Any, owner: Any
) -> None:
    program = api(administrator)
    text = program.get("api-playbook-file", "any-tool").content.decode()
    assert text == library.text_of("any-tool", "2")
    newer = text.replace('version: "2"', 'version: "3"')
    for _twice in range(2):
        brought = program.post("api-playbooks", file_name="any-tool.yaml", text=newer)
        assert (brought.status_code, brought.json()["version"]) == (201, "3")
    wrong = program.post("api-playbooks", file_name="any-tool.yaml", text=newer.replace("risk_class: ", "risk: "))
    assert (wrong.status_code, wrong.json()["problems"][0]["line"] is not None) == (422, True)
    assert api(owner).get("api-playbook", "any-tool").json()["versions"] == ["3", "2"]
    assert api(owner).get("api-playbook", "any-tool", version="2").json()["version"] == "2"
    assert program.post("api-playbook-removal", "any-tool", version="3").status_code == 204


def test_a_lead_sends_a_report_once_and_reads_it(api: Any, running: Ban, lead: Any, search: Any) -> None:
    program, at = api(lead), timezone.now().replace(microsecond=0) - timedelta(hours=1)
    report = scans.report("github.com/acme/shop", at, {"instructions": ["CLAUDE.md"]})
    assert [program.post("api-team-reports", running, search, **report).status_code for _each in range(2)] == [201, 200]
    assert Report.objects.get().sent_by == lead
    [row] = program.get("api-team-reports", running, search).json()["results"]
    assert (row["repository"], row["uses"]) == ("github.com/acme/shop", {"instructions": "used"})
    assert program.post("api-team-reports", running, search, snippet="secret").status_code == 422


def test_a_pack_is_asked_for_once_and_downloaded_when_a_worker_has_built_it(
    api: Any, running: Ban, auditor: Any
) -> None:
    program = api(auditor)
    pack = program.post("api-ban-packs", running).json()
    assert (pack["state"], program.post("api-ban-packs", running).status_code) == ("waiting", 409)
    assert program.get("api-ban-pack-file", running, pack["id"]).status_code == 404
    built = running.packs.get()  # as a worker leaves it: tests/evidence/test_packs.py has the building itself
    for number, content in enumerate((b"PK", b"\x03\x04")):
        built.parts.create(number=number, content=content)
    running.packs.update(state="ready", ready_at=timezone.now(), size=4, digest="0" * 64)
    assert program.get("api-ban-pack", running, pack["id"]).json()["state"] == "ready"
    answer = program.get("api-ban-pack-file", running, pack["id"])
    assert (b"".join(answer.streaming_content), answer["Content-Type"]) == (b"PK\x03\x04", "application/zip")
    assert [row["id"] for row in program.get("api-ban-evidence", running).json()["packs"]] == [pack["id"]]
