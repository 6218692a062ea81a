"""The same count over the whole of the real roster's structure: 1,512 people in some 840 teams, seven levels deep."""

from dataclasses import replace

import pytest
from django.core.management import call_command
from django.utils import timezone

from migration_planner.local.year import plans
from migration_planner.reminders import checking
from tests.year import counts, figures, files
from tests.year.world import END, live


@pytest.mark.django_db
def test_the_first_days_of_a_ban_over_everybody_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: END)
    world = live(people=None, bans=[replace(plans.PAPER, teams=("",), published=6, window=12)])
    known = {"PaperTrail": counts.people(world.ban("PaperTrail").pk)}
    assert len(known["PaperTrail"]) > 1500
    figures.page_of_ban(world, known, "PaperTrail")
    figures.tree(world, known, "PaperTrail", most=6)
    files.files(world, known)
    call_command("recount", "--check")
    assert checking.deep(now=END) == []
