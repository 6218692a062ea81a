"""In whose place somebody acts: what a substitute does bears both names, in history and wherever else the act is shown.

The lead stands in the data of the event, `{"for": {"id": 7, "name": "Lee"}}`, so that the chain of history covers it.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _t

from migration_planner.people.models import Leadership, User

#: What owners of a ban may not do, so that they do it in a lead's place when they stand in for one: team steps, leave, waivers.
LEADS_ALONE = {
    "marked_done", "marked_blocked", "marked_not_applicable", "mark_undone", "leave_noted", "waiver_requested", "waiver_answered",
    "waiver_approved", "waiver_questioned", "waiver_refused", "waiver_taken_back",
}  # fmt: skip
RUNS = "SELECT EXISTS (SELECT FROM planning_ban_owners WHERE ban_id = %s AND user_id = %s)"
PATH = """
    SELECT migration.path FROM planning_checklist AS checklist
    JOIN planning_migration AS migration ON migration.id = checklist.migration_id WHERE checklist.id = %s
"""


def said(led: Leadership | None) -> dict[str, Any]:
    """What an event carries of the lead in whose place something was done; nothing when it was done in one's own right."""
    return {"for": {"id": led.lead_id, "name": led.lead_name}} if led else {}


def as_json(led: Leadership | None) -> str:
    """The same, for statements that write many lines at once."""
    return json.dumps(said(led))


def names(name: str, lead: str | None) -> str:
    """Who did something, as it is shown: of a substitute both names."""
    return _t("%(name)s for %(lead)s") % {"name": name, "lead": lead} if lead else name


def lead_of(data: Mapping[str, Any]) -> int | None:
    """The lead in whose place something was done, of what its line of history carries."""
    found = (data.get("for") or {}).get("id")
    return int(found) if found else None


def in_place_of(by: User, path: str, ban_id: int, *, leads_alone: bool = False) -> Leadership | None:
    """In whose place somebody acts on people of the team at `path`; None in their own right.

    `leads_alone`: it is for leads alone; what owners of a ban may do as well, they do as owners.
    """
    led = by.leads_for(path)
    return None if led and not leads_alone and _runs(by, ban_id) else led


def of_event(verb: str, by: User, about: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What an event by this person carries, given what it is about.

    Whoever acts as a lead has been asked whether they lead, so whoever was not is not asked here: a mark of one's own stays
    as cheap as it is.
    """
    if not by.is_known_to_stand_in or _is_own(by, about) or data.get("level", "lead") != "lead":
        return {}
    path = _path(about)
    ban_id = about["ban"].pk if about.get("ban") else about.get("ban_id")
    return said(in_place_of(by, path, ban_id, leads_alone=verb in LEADS_ALONE)) if path and ban_id else {}


def _is_own(by: User, about: Mapping[str, Any]) -> bool:
    person = about.get("person")
    return by.pk == (person.pk if person else about.get("person_id"))


def _path(about: Mapping[str, Any]) -> str:
    """The path of the team that something is about; empty when it is about no team."""
    if migration := about.get("migration"):
        return str(migration.path)
    checklist = about.get("checklist")
    return str(_value(PATH, checklist.pk if checklist else about.get("checklist_id")) or "")


def _runs(by: User, ban_id: int) -> bool:
    return bool(_value(RUNS, ban_id, by.pk))


def _value(statement: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = cursor.fetchone()
    return found[0] if found else None
