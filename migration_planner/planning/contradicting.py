"""Where a checklist and the signals disagree: found set-based, put to the person as a question, and answered in one step."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.lib.statements import run
from migration_planner.people.models import User
from migration_planner.planning.models import Ban, Checklist, Contradiction, Event, Mark, Step
from migration_planner.planning.models.contradictions import ContradictionQuerySet

#: Who used a tool within so many days of the newest data uses it.
IN_USE_DAYS = 7

#: What holds now. "Done" speaks of the person's own day; so does an answer: what follows it is a new contradiction.
WANTED = """
    SELECT checklist.id AS checklist_id, 'used_after_done' AS kind, old.last_day AS day
    FROM planning_checklist AS checklist JOIN people_user AS person ON person.id = checklist.person_id
    JOIN planning_use AS old ON old.person_id = person.id AND old.tool_id = %(old)s
    WHERE checklist.ban_id = %(ban)s AND checklist.state = 'done' AND %(live)s {only}
      AND old.last_day > (checklist.done_at AT TIME ZONE person.zone)::date
      AND NOT EXISTS (SELECT FROM planning_contradiction AS answered WHERE answered.checklist_id = checklist.id
                      AND answered.kind = 'used_after_done' AND answered.answer IN ('stopped', 'not_me', 'still_needed')
                      AND old.last_day <= greatest(answered.day, (answered.closed_at AT TIME ZONE person.zone)::date))
    UNION ALL
    SELECT checklist.id, 'moved_unanswered', new.last_day
    FROM planning_checklist AS checklist JOIN planning_use AS new
        ON new.person_id = checklist.person_id AND new.tool_id = %(new)s
    LEFT JOIN planning_use AS old ON old.person_id = checklist.person_id AND old.tool_id = %(old)s
    WHERE checklist.ban_id = %(ban)s AND checklist.state = 'not_started' AND %(live)s {only}
      AND new.last_day > (SELECT max(newest_day) FROM planning_signalsource WHERE tool_id = %(new)s) - %(in_use)s
      AND coalesce(old.last_day, '-infinity') <= (
          SELECT max(newest_day) FROM planning_signalsource WHERE tool_id = %(old)s) - %(quiet)s
      AND NOT EXISTS (SELECT FROM planning_contradiction AS answered WHERE answered.checklist_id = checklist.id
                      AND answered.kind = 'moved_unanswered' AND answered.answer IN ('moved', 'not_me', 'still_needed'))
"""
FIND = f"""
    WITH wanted AS MATERIALIZED ({WANTED}),
    lapsed AS (
        UPDATE planning_contradiction AS known SET closed_at = %(now)s, answer = 'lapsed'
        FROM planning_checklist AS checklist
        WHERE known.closed_at IS NULL AND checklist.id = known.checklist_id AND checklist.ban_id = %(ban)s {{only}}
          AND NOT EXISTS (SELECT FROM wanted WHERE wanted.checklist_id = known.checklist_id)
    )
    INSERT INTO planning_contradiction (ban_id, checklist_id, kind, day, found_at, answer)
    SELECT %(ban)s, checklist_id, kind, day, %(now)s, '' FROM wanted
    ON CONFLICT (checklist_id) WHERE closed_at IS NULL DO UPDATE SET kind = excluded.kind, day = excluded.day
    WHERE (planning_contradiction.kind, planning_contradiction.day) IS DISTINCT FROM (excluded.kind, excluded.day)
"""  # noqa: S608 - constants of this module
FIND_ALL = FIND.format(only="")
#: Of the people whose signals change (see signals.py); what ends or begins for others by the passing of days is
#: found within the hour.
FIND_TOUCHED = FIND.format(only="AND checklist.person_id IN (SELECT person_id FROM changed_pair)")


def open_ones(ban: Ban, *, led_by: User | None = None) -> ContradictionQuerySet:
    """The open ones of a ban, or of those of its people whom somebody leads: who sees its figures sees all."""
    rows = Contradiction.objects.open().filter(ban=ban)
    return rows.filter(checklist__in=ban.checklists.led_by(led_by)) if led_by else rows


def decided_by(tools: Iterable[int]) -> QuerySet[Ban]:
    """The bans in force about one of these tools, or towards one of them."""
    wanted = list(tools)
    return Ban.objects.live().filter(Q(tool__in=wanted) | Q(replacement__in=wanted)).order_by("pk")


def find(ban: Ban, *, now: datetime) -> int:
    """Make the open contradictions of a ban those that hold now. Safe to repeat. Returns how many are new or changed."""
    return _find(FIND_ALL, ban, now=now)


def find_touched(ban: Ban, *, now: datetime) -> int:
    """The same for those alone whose signals change."""
    return _find(FIND_TOUCHED, ban, now=now)


def _find(statement: str, ban: Ban, *, now: datetime) -> int:
    parameters: dict[str, Any] = {
        "ban": ban.pk,
        "old": ban.tool_id,
        "new": ban.replacement_id,
        "live": ban.is_live,
        "in_use": IN_USE_DAYS,
        "quiet": ban.quiet_days,
        "now": now,
    }
    return run(statement, **parameters)


@transaction.atomic
def answer(
    contradiction: Contradiction, said: Contradiction.Answer, *, by: User, now: datetime, note: str = ""
) -> bool:
    """The person's own word. "I still need it" blocks a step with the reason; anything else is noted.

    Raises DomainError when it does not arise any more, the answer is none to this question, or the reason is missing.
    """
    note = note.strip()
    if said not in contradiction.choices:
        raise DomainError(_t("Choose one of the answers on the page."))
    if said == Contradiction.Answer.STILL_NEEDED and not note:
        raise DomainError(_t("Say in a few words what you still need it for."))
    checklist = contradiction.checklist
    if said == Contradiction.Answer.STILL_NEEDED:
        checklist.mark(_step(checklist), Mark.State.BLOCKED, by=by, now=now, note=note)
    if not contradiction.close(said, now=now):
        raise DomainError(_t("This question was answered already, or does not arise any more. Reload the page."))
    data = {"answer": said, "kind": contradiction.kind}
    Event.record(Event.Verb.CONTRADICTION_ANSWERED, by=by, now=now, why=note, data=data, **checklist.in_history())
    return True


def _step(checklist: Checklist) -> Step:
    """Where the need is shown: the last required step that was finished, since removal comes last; else the first to do."""
    finished = [Mark.State.DONE, Mark.State.NOT_APPLICABLE]
    required = checklist.steps().filter(required=True)
    step = required.filter(marks__checklist=checklist, marks__state__in=finished).order_by("-position", "-pk").first()
    step = step or required.order_by("position", "pk").first()
    if step is None:
        raise DomainError(_t("This ban asks for no step any more. Tell its owners."))
    return step
