"""A short story for a process of its own, over a real installation: python -m tests.local.story

People come in, a ban is published, somebody marks a step, history is sealed, and auditors get their pack; then somebody tries to
rewrite it. Prints how many lines of history there are.
"""

from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO

import django
from django.db import DatabaseError, connection

ROSTER = b"email,name,team\nolga@acme.example,Olga,Acme\neve@acme.example,Eve,Acme/Search\n"
REWRITE = [
    "UPDATE planning_event SET why = 'another'",
    "DELETE FROM evidence_seal",
    "ALTER TABLE planning_event DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
]


def live() -> None:
    from migration_planner.evidence import building
    from migration_planner.people.models import User
    from migration_planner.people.roster import staging
    from migration_planner.planning import drafting, playbooks, publishing, rosters
    from migration_planner.planning.models import Mark

    now = datetime.now(UTC)
    owner = User.objects.create_superuser("ana@acme.example", name="Ana", is_owner=True)
    import_ = staging.stage(BytesIO(ROSTER), name="roster.csv", by=owner, now=now)
    rosters.apply_roster(import_, by=owner, now=now)
    cutoff = (date.today() + timedelta(days=40), time(18), "Europe/Berlin")  # noqa: DTZ011 - any day will do
    ban = drafting.draft_ban(
        playbooks.find("any-tool"), by=owner, now=now, owners=[owner],
        tool="Old", replacement="New", audience=["Acme"], cutoff=cutoff,
    )  # fmt: skip
    publishing.publish(ban, by=owner, now=now)
    checklist = ban.checklists.get(person__email="eve@acme.example")
    checklist.mark(ban.steps.per_person()[0], Mark.State.DONE, by=checklist.person, now=now, note="seen")
    building.ask(ban, by=owner, now=now)
    pack = building.build_next(now=now)
    assert pack is not None
    pack.refresh_from_db()
    assert pack.state == pack.State.READY, pack.error


def rewrite() -> int:
    """Nothing of it goes. Returns how many lines of history there are."""
    with connection.cursor() as cursor:
        for statement in REWRITE:
            try:
                cursor.execute(statement)
            except DatabaseError as error:
                assert "permission denied" in str(error) or "must be owner" in str(error), error  # noqa: PT017
            else:
                raise AssertionError(f"It went: {statement}")
        cursor.execute("SELECT count(*) FROM planning_event")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    django.setup()
    live()
    print(rewrite())
