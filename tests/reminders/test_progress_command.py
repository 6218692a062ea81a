import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from migration_planner.planning.models import Mark
from migration_planner.reminders.planning import plan


def figures(*arguments: Any) -> dict[str, int]:
    out = StringIO()
    call_command("progress", *arguments, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_the_command_counts_people_by_state_and_mail(ban: Any, checklist: Any, now: datetime) -> None:
    plan(now=now)  # three announcements, and the weekly bundle of the lead
    checklist.mark(checklist.steps()[0], Mark.State.BLOCKED, by=checklist.person, now=now, note="No licence yet")
    assert figures(ban.pk) == {
        "id": ban.pk, "people": 3, "teams": 3, "done": 0, "started": 0, "not_started": 2, "blocked": 1, "waived": 0,
        "done_verified": 0, "done_claimed": 0, "team_steps_asked": 2, "team_steps_verified": 0, "team_steps_claimed": 0,
        "mails_sent": 0, "mails_planned": 4,
    }  # fmt: skip
    assert figures(ban.pk, "--team", "Acme/Engineering")["people"] == 2
    assert figures(ban.pk, "--team", "Acme/Engineering")["mails_planned"] == 3


def test_a_ban_or_a_team_that_is_not_there_is_named(ban: Any) -> None:
    with pytest.raises(CommandError, match="There is no ban 999"):
        call_command("progress", 999)
    with pytest.raises(CommandError, match="Nowhere is not in the audience"):
        call_command("progress", ban.pk, "--team", "Nowhere")
