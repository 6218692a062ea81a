"""The ledger of attempts is held by the database, also against statements that do not come from this program."""

from django.db import migrations

GUARD = """
    CREATE FUNCTION reminders_refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The ledger of attempts is only added to, never changed (% on %).', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER the_ledger_is_only_added_to BEFORE UPDATE OR DELETE ON reminders_attempt
        FOR EACH ROW EXECUTE FUNCTION reminders_refuse_to_rewrite();
    CREATE TRIGGER the_ledger_is_not_emptied BEFORE TRUNCATE ON reminders_attempt
        FOR EACH STATEMENT EXECUTE FUNCTION reminders_refuse_to_rewrite();
"""
UNGUARD = """
    DROP TRIGGER the_ledger_is_not_emptied ON reminders_attempt;
    DROP TRIGGER the_ledger_is_only_added_to ON reminders_attempt;
    DROP FUNCTION reminders_refuse_to_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0005_what_holds_mail_back")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
