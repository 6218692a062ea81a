"""The page of waves: looked at before they are changed, told in words when they cannot be."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from migration_planner.planning import waves
from migration_planner.planning.models import Ban, Migration, Wave
from migration_planner.planning.waves import Plan
from tests.looks import confirm

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def day(days: int) -> Any:
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def pilot(ban: Ban, owner: Any, search: Any) -> Wave:
    """Pages look at the real clock: the cutoff lies ahead of it."""
    assert ban.cutoff_time
    ban.set_cutoff(day(40), ban.cutoff_time, ban.cutoff_zone)
    ban.save()
    ban.migrations.update(deadline_at=ban.cutoff_at)
    now = timezone.now()
    wave = waves.add(ban, Plan("Pilot", day(20), ban.cutoff_time), by=owner, now=now, why="To find out early.")
    waves.put(ban, search, wave, by=owner, now=now, why="They asked for it.")
    return wave


def test_an_owner_sees_whom_a_new_date_touches_before_it_is_set(
    client: Any, ban: Ban, pilot: Wave, owner: Any, employee: Any
) -> None:
    client.force_login(owner, backend=BACKEND)
    page = reverse("ban-wave", args=[ban.pk, pilot.pk])
    typed = {"name": "Pilot", "day": day(22).isoformat(), "at": "18:00", "criteria": "", "why": "Licences are late."}
    looked = client.post(page, typed).content.decode()
    assert "2 people who have not finished get another deadline." in looked
    pilot.refresh_from_db()
    assert pilot.cutoff_date == day(20)
    assert client.post(page, {**typed, "day": day(60).isoformat()}).status_code == 409
    assert client.post(page, {**typed, "name": "First", "seen": "x"}).context["changed_meanwhile"]
    assert confirm(client, page, typed).status_code == 303
    pilot.refresh_from_db()
    assert pilot.cutoff_date == day(22)
    client.force_login(employee, backend=BACKEND)
    shown = client.get(reverse("checklist", args=[ban.checklists.get(person=employee).pk])).content.decode()
    assert f'datetime="{day(22).isoformat()}' in shown
    assert f'datetime="{day(40).isoformat()}' not in shown


def test_a_wave_of_a_ban_in_force_says_beforehand_that_it_needs_a_reason(client: Any, ban: Ban, owner: Any) -> None:
    client.force_login(owner, backend=BACKEND)
    page = reverse("ban-wave-new", args=[ban.pk])
    assert client.get(page).context["form"].fields["why"].required
    typed = {"name": "Pilot", "day": day(2).isoformat(), "at": "18:00", "why": ""}
    assert client.post(page, typed).status_code == 422
    assert not Wave.objects.exists()


def test_a_team_is_put_into_a_wave_and_out_again_after_a_look(client: Any, ban: Ban, pilot: Wave, owner: Any) -> None:
    client.force_login(owner, backend=BACKEND)
    page = reverse("ban-wave-team", args=[ban.pk])
    assert client.post(page, {"team": "Nowhere", "wave": pilot.pk}).status_code == 422
    typed = {"team": "Acme", "wave": str(pilot.pk), "why": "All of us."}
    assert "1 person who has not finished" in client.post(page, typed).content.decode()
    assert Migration.objects.get(ban=ban, path="Acme").wave is None, "nobody has confirmed it"
    assert confirm(client, page, typed).status_code == 303
    assert Migration.objects.get(ban=ban, path="Acme").wave == pilot
    asked = client.post(page, {"team": "Acme", "wave": ""}).content.decode()
    assert 'name="why" rows="2" required' in asked
    assert confirm(client, page, {"team": "Acme", "wave": ""}).status_code == 409
    assert confirm(client, page, {"team": "Acme", "wave": "", "why": "Not yet."}).status_code == 303


def test_a_wave_in_force_is_removed_only_after_a_look_at_whom_that_touches(
    client: Any, ban: Ban, pilot: Wave, owner: Any
) -> None:
    client.force_login(owner, backend=BACKEND)
    page = reverse("ban-wave-removal", args=[ban.pk, pilot.pk])
    look = client.post(page, {"why": "No pilot."})
    text = look.content.decode()
    assert "2 people who have not finished get another deadline" in text
    assert "Pilot is removed" in text
    assert client.post(page, {"why": "No pilot.", "seen": "of something else"}).status_code == 200
    assert Wave.objects.exists(), "nobody has confirmed it"
    assert 'name="why" rows="2" required' in client.post(page).content.decode()
    assert client.post(page, dict(look.context["kept"])).status_code == 303
    assert not Wave.objects.exists()


def test_the_page_says_what_is_missing_and_takes_go_and_no_go(
    client: Any, ban: Ban, pilot: Wave, owner: Any, django_assert_max_num_queries: Any
) -> None:
    client.force_login(owner, backend=BACKEND)
    page = reverse("ban-waves", args=[ban.pk])
    client.post(reverse("ban-wave-decision", args=[ban.pk, pilot.pk]), {"go": "go", "words": "All is there."})
    with django_assert_max_num_queries(13):
        text = client.get(page).content.decode()
    for words in ("1 person is in no wave", "All is there.", "Acme/Engineering/Search", "<span>Go</span>"):
        assert words in text
    assert client.post(reverse("ban-wave-decision", args=[ban.pk, pilot.pk]), {"go": "maybe"}).status_code == 422


def test_the_way_drawn_for_a_team_leads_to_the_deadline_of_its_wave(
    client: Any, ban: Ban, pilot: Wave, owner: Any, search: Any
) -> None:
    client.force_login(owner, backend=BACKEND)

    def ends(team: Any) -> str:
        chart = client.get(reverse("team", args=[ban.pk, team.pk])).content.decode().partition('class="ends"')[2]
        return chart.partition("</div>")[0]

    assert ban.cutoff_at
    assert pilot.cutoff_at.astimezone(UTC).date().isoformat() in ends(search)
    assert ban.cutoff_at.astimezone(UTC).date().isoformat() not in ends(search)
