"""Who a decision is about is copied into it, so that a check can refuse one's own; this keeps the copy true."""

from django.db import migrations

HOLD = """
    ALTER TABLE planning_waiverdecision ADD CONSTRAINT decisions_are_about_the_person_of_their_waiver
        FOREIGN KEY (waiver_id, person_id, asker_id) REFERENCES planning_waiver (id, person_id, requested_by_id);
"""
LET_GO = "ALTER TABLE planning_waiverdecision DROP CONSTRAINT decisions_are_about_the_person_of_their_waiver;"


class Migration(migrations.Migration):
    dependencies = [("planning", "0014_waivers")]
    operations = [migrations.RunSQL(HOLD, LET_GO)]
