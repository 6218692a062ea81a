from django.db import migrations


class Migration(migrations.Migration):
    """Publishing used to write "prohibited" into the catalogue, over what was decided. Bans lie over it now, so that goes back."""

    dependencies = [("planning", "0009_events_about_discarded_rosters")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE planning_tool AS tool SET status = coalesce(
                (SELECT event.data -> 'after' ->> 'status' FROM planning_event AS event
                 WHERE event.verb = 'tool_changed' AND (event.data ->> 'tool')::bigint = tool.id
                 ORDER BY event.id DESC LIMIT 1), 'approved')
            WHERE tool.status = 'prohibited'
            """,
            migrations.RunSQL.noop,
        )
    ]
