"""What was forecast before it was kept whether most of a team's people are its own."""

from django.db import migrations

FILL = """
    UPDATE steering_forecast AS forecast SET mostly_own = true
    FROM planning_migration AS migration
    WHERE migration.ban_id = forecast.ban_id AND migration.team_id = forecast.team_id
      AND migration.people > 0 AND migration.people * 2 >= forecast.people
"""


class Migration(migrations.Migration):
    dependencies = [("steering", "0002_teams_that_decide_a_ban_by_index")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
