from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import playbooks, upgrading
from migration_planner.planning.drafting import draft_ban
from migration_planner.planning.models import Mark, PlaybookVersion
from migration_planner.planning.playbooks import library
from migration_planner.web.templatetags import portions
from tests.planning.written import SMALL

QODER = reverse("playbook", args=["claude-code-to-qoder"])


def shown(answer: Any) -> list[str]:
    return [row.workflow.key for row in answer.context["matrix"].rows]


def upload(client: Any, text: str, name: str = "small.yaml") -> Any:
    return client.post(reverse("playbook-import"), {"file": SimpleUploadedFile(name, text.encode())})


def small(**changes: Any) -> str:
    return yaml.safe_dump({**SMALL, **changes}, sort_keys=False)


@pytest.fixture
def as_owner(client: Any, owner: Any) -> Any:
    client.force_login(owner)
    return client


@pytest.fixture
def as_administrator(client: Any, administrator: Any) -> Any:
    client.force_login(administrator)
    return client


def test_the_matrix_shows_every_workflow_with_its_details_and_sources(as_owner: Any) -> None:
    answer = as_owner.get(QODER)
    page = answer.content.decode()
    assert len(shown(answer)) == 50
    assert page.count("<details") >= 50
    for words in (
        "50 of 50 workflows",
        "https://docs.qoder.com/cli/hooks",
        "mcp_tool",
        "claude-code/hooks",
        "&lt;=2.1.240",
    ):
        assert words in page


def test_verdict_severity_and_words_filter_it_by_the_address_alone(as_owner: Any) -> None:
    assert shown(as_owner.get(QODER, {"verdict": "none"})) == ["sign-in", "history", "gateway"]
    assert set(shown(as_owner.get(QODER, {"verdict": "unknown", "severity": "4"}))) == {
        "managed-instructions", "managed-mcp", "gitlab", "agentic-workflows", "managed-settings", "workflow-scripts",
    }  # fmt: skip
    assert shown(as_owner.get(QODER, {"q": "Deny Rules"})) == ["permissions"]
    answer = as_owner.get(QODER, {"q": "xylophone"})
    assert "No workflow fits" in answer.content.decode()
    assert len(shown(as_owner.get(QODER, {"verdict": "maybe", "severity": "x", "edition": "gold"}))) == 50


def test_rows_are_opened_one_by_one_or_all_at_once_to_be_read_or_printed(as_owner: Any) -> None:
    page = as_owner.get(QODER, {"verdict": "none"}).content.decode()
    assert page.count('<details name="workflow">') == 3
    assert "?verdict=none&amp;open=all#matrix" in page
    page = as_owner.get(QODER, {"verdict": "none", "open": "all"}).content.decode()
    assert page.count("<details open>") == 3
    assert "?verdict=none#matrix" in page


def test_many_playbooks_and_many_versions_come_in_portions(
    as_administrator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "SHOWN", 5)
    for version in range(1, 7):
        upload(as_administrator, small(version=str(version)))
    first = as_administrator.get(reverse("playbooks")).content.decode()
    assert first.count("workflows (") == 5
    assert "?from=slack-to-microsoft-teams#playbooks" in first
    last = as_administrator.get(reverse("playbooks"), {"from": "slack-to-microsoft-teams"}).content.decode()
    assert last.count("workflows (") == 2
    of_one = as_administrator.get(reverse("playbook", args=["small"])).content.decode()
    assert ("?version=2" in of_one, "?version=1" in of_one) == (True, False)
    assert "?versions=1#versions" in of_one


def test_the_chosen_edition_stays_while_one_filters(as_owner: Any) -> None:
    page = as_owner.get(QODER, {"edition": "qoder-cn", "verdict": "partial"})
    assert shown(page) == ["mcp-serve"]
    assert '<input type="hidden" name="edition" value="qoder-cn">' in page.content.decode()


def test_facts_that_nobody_has_looked_at_for_long_are_to_be_checked_again(as_owner: Any, settings: Any) -> None:
    settings.PLAYBOOK_FACTS_DAYS = 100_000
    assert "check again" not in as_owner.get(QODER).content.decode().lower()
    settings.PLAYBOOK_FACTS_DAYS = 1
    late = as_owner.get(QODER, {"facts": "stale"})
    assert "check again" in late.content.decode().lower()
    assert 0 < len(shown(late)) < 50  # those without any source are questions, not old facts


def test_a_playbook_goes_out_as_a_file_and_comes_in_again_as_a_newer_version(as_administrator: Any) -> None:
    answer = as_administrator.get(reverse("playbook-file", args=["any-tool"]))
    assert answer["Content-Disposition"] == 'attachment; filename="any-tool.yaml"'
    text = answer.content.decode()
    assert text == library.text_of("any-tool", playbooks.find("any-tool").version)
    same = upload(as_administrator, text, "any-tool.yaml")
    assert same.status_code == 303
    assert not PlaybookVersion.objects.exists()
    newer = text.replace('version: "2"', 'version: "2.1"').replace("Take along your own data", "Rescue your own data")
    assert upload(as_administrator, newer, "any-tool.yaml").url == reverse("playbook", args=["any-tool"])
    page = as_administrator.get(reverse("playbook", args=["any-tool"])).content.decode()
    assert "Rescue your own data" in page
    assert "imported by Adam" in page
    old = as_administrator.get(reverse("playbook", args=["any-tool"]), {"version": "2"}).content.decode()
    assert "Take along your own data" in old
    assert "an older one" in old
    assert as_administrator.get(reverse("playbook", args=["any-tool"]), {"version": "7"}).status_code == 404
    file = as_administrator.get(reverse("playbook-file", args=["any-tool"]), {"version": "2.1"})
    assert file.content.decode() == newer


def test_a_wrong_file_comes_back_with_the_words_of_the_checker(as_administrator: Any) -> None:
    answer = upload(as_administrator, small(surprise="<b>", steps=[]))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "small.yaml has 2 mistakes; nothing was imported" in page
    assert "at surprise: there is no field “surprise” here" in page
    assert "at steps: this is too short" in page
    assert upload(as_administrator, "slug: [").status_code == 422
    assert as_administrator.post(reverse("playbook-import")).status_code == 422
    assert upload(as_administrator, "x" * 600_000).status_code == 422
    assert not PlaybookVersion.objects.exists()


def test_an_older_version_is_refused_beside_its_file(as_administrator: Any) -> None:
    assert upload(as_administrator, small(version="3")).status_code == 303
    answer = upload(as_administrator, small(version="2"))
    assert answer.status_code == 409
    assert "Version 3 of this playbook is here already" in answer.content.decode()


def test_what_is_imported_can_be_drafted_from(as_administrator: Any, administrator: Any) -> None:
    upload(as_administrator, small())
    answer = as_administrator.post(reverse("ban-new"), {"playbook": "small", "tool": "Old", "replacement": "New"})
    assert answer.status_code == 303


def test_the_owner_sees_what_a_newer_version_changes_and_takes_it(
    client: Any, ban: Any, owner: Any, administrator: Any, employee: Any
) -> None:
    """A ban whose first text is not here any more: as it stands it is taken for it."""
    client.force_login(owner)
    page = client.get(reverse("ban", args=[ban.pk])).content.decode()
    address = reverse("ban-playbook", args=[ban.pk])
    assert f'<a href="{address}">See what it changes</a>' in page
    version = playbooks.find("any-tool").version
    page = client.get(address).content.decode()
    assert f"Take version {version}" in page
    assert "It asks something new of each person, so everybody is told." in page
    assert client.post(address, {"version": version}).status_code == 422
    assert client.post(address, {"version": "0", "why": "Late."}).status_code == 409
    answer = client.post(address, {"version": version, "why": "More is known."}, follow=True)
    assert "The newer version was taken; 0 finished steps are open again." in answer.content.decode()
    assert "See what it changes" not in answer.content.decode()
    assert "Nothing newer" in client.get(address).content.decode()
    history = client.get(reverse("ban-history", args=[ban.pk])).content.decode()
    assert f"From version 1 to {version}" in history


def test_the_page_counts_whose_steps_open_again(
    client: Any, owner: Any, administrator: Any, lead: Any, acme: Any
) -> None:
    from datetime import time

    from migration_planner.planning import publishing

    now = timezone.now()
    library.bring_in(small().encode(), "small.yaml", by=administrator, now=now, today=now.date())
    cutoff = ((now + timedelta(days=20)).date(), time(18), "UTC")
    ban = draft_ban(playbooks.find("small"), by=owner, now=now, owners=[owner], audience=["Acme"], cutoff=cutoff)
    publishing.publish(ban, by=owner, now=now)
    ban.checklists.get(person=lead).mark(ban.steps.get(), Mark.State.DONE, by=lead, now=now)
    newer = small(version="2", steps=[{"key": "go", "title": "Go", "workflow": "notes", "guidance": "**On foot.**"}])
    library.bring_in(newer.encode(), "small.yaml", by=administrator, now=now, today=now.date())
    client.force_login(owner)
    page = client.get(reverse("ban-playbook", args=[ban.pk])).content.decode()
    assert "1 finished step opens again" in page
    assert "<strong>On foot.</strong>" in page
    answer = client.post(reverse("ban-playbook", args=[ban.pk]), {"version": "2", "why": "No bus."}, follow=True)
    assert "1 finished step is open again" in answer.content.decode()
    client.force_login(lead)
    checklist = ban.checklists.get(person=lead)
    assert "No bus." in client.get(reverse("checklist-history", args=[checklist.pk])).content.decode()
    ban.refresh_from_db()
    assert upgrading.offered(ban) is None


def test_pages_of_playbooks_ask_the_database_little(as_owner: Any, django_assert_max_num_queries: Any) -> None:
    as_owner.get(QODER)
    with django_assert_max_num_queries(6):
        as_owner.get(QODER)
    with django_assert_max_num_queries(4):
        as_owner.get(reverse("playbooks"))
