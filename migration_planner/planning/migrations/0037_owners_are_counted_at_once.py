"""So few rows change in the table of owners that autovacuum would never look at them again, and PostgreSQL went through everybody to
find the owners of a ban who had joined after the first ones. It looks again at each of them now."""

from django.db import migrations

OFTEN = "ALTER TABLE planning_ban_owners SET (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0)"
AS_USUAL = "ALTER TABLE planning_ban_owners RESET (autovacuum_analyze_threshold, autovacuum_analyze_scale_factor)"


class Migration(migrations.Migration):
    dependencies = [("planning", "0036_people_of_a_ban_are_paged_by_index")]
    operations = [migrations.RunSQL(OFTEN, AS_USUAL)]
