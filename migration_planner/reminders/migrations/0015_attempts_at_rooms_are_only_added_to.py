"""The ledger of what chat services answered is held by the database, as that of mail is."""

from django.db import migrations

GUARD = """
    CREATE TRIGGER attempts_at_rooms_are_only_added_to BEFORE UPDATE OR DELETE ON reminders_roomattempt
        FOR EACH ROW EXECUTE FUNCTION reminders_refuse_to_rewrite();
    CREATE TRIGGER attempts_at_rooms_are_not_emptied BEFORE TRUNCATE ON reminders_roomattempt
        FOR EACH STATEMENT EXECUTE FUNCTION reminders_refuse_to_rewrite();
"""
UNGUARD = """
    DROP TRIGGER attempts_at_rooms_are_not_emptied ON reminders_roomattempt;
    DROP TRIGGER attempts_at_rooms_are_only_added_to ON reminders_roomattempt;
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0014_rooms_of_teams")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
