"""A company in which everybody is due one mail now, and nobody another for half a day. Run in a process of its own."""

import sys
from datetime import UTC, datetime, timedelta

import django


def seed(people: int) -> int:
    """Fill the empty database of the environment. Returns how many mails are due."""
    from django.core.management import call_command
    from django.db import connection

    from migration_planner.local.bench import cases
    from migration_planner.people.models import User
    from migration_planner.planning import publishing
    from migration_planner.reminders.models import Mail
    from migration_planner.reminders.planning import plan

    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    root = User.objects.create_superuser("root@bench.example", name="Root", is_owner=True)
    cases.import_roster(people, root)
    # What falls at people's hours would mix with what is measured; the other half of the day is far away.
    User.objects.update(zone="UTC", reminder_hour=(now.hour + 12) % 24)
    ban = cases.draft(root)
    publishing.publish(ban, by=root, now=now - timedelta(days=2))
    plan(now=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Mail.objects.due(now).count()


if __name__ == "__main__":
    django.setup()
    print(seed(int(sys.argv[1])))  # noqa: T201 - read by the parent
