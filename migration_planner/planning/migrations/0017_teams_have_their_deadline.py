"""Teams of bans that are in force already move by the cutoff of the ban."""

from django.db import migrations

FILL = """
    UPDATE planning_migration AS migration SET deadline_at = ban.cutoff_at
    FROM planning_ban AS ban WHERE ban.id = migration.ban_id AND migration.deadline_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0016_waves_and_deadlines")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
