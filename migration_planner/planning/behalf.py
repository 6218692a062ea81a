"""In whose place somebody acts: what a substitute does bears both names, in history and wherever else the act is shown.

The lead stands in the data of the event, `{"for": {"id": 7, "name": "Lee"}}`, so that the chain of history covers it.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection

from migration_planner.people.models import Leadership, User

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


def of_event(by: User, about: Mapping[str, Any]) -> dict[str, Any]:
    """What an event by this person carries, given what it is about.

    Whoever acts as a lead has been asked whether they lead, so whoever was not is not asked here: a mark of one's own stays
    as cheap as it is.
    """
    known = vars(by).get("leaderships", ())
    if not any(each.lead_id for each in known) or _is_own(by, about):
        return {}
    path = _path(about)
    return said(by.leads_for(path)) if path else {}


def _is_own(by: User, about: Mapping[str, Any]) -> bool:
    person = about.get("person")
    return by.pk == (person.pk if person else about.get("person_id"))


def _path(about: Mapping[str, Any]) -> str:
    """The path of the team that something is about; empty when it is about no team."""
    if migration := about.get("migration"):
        return str(migration.path)
    checklist = about.get("checklist")
    with connection.cursor() as cursor:
        cursor.execute(PATH, [checklist.pk if checklist else about.get("checklist_id")])
        found = cursor.fetchone()
    return str(found[0]) if found else ""
