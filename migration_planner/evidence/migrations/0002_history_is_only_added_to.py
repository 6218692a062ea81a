"""History and its seals are held by the database, also against statements that do not come from this program."""

from django.db import migrations

GUARD = """
    CREATE FUNCTION evidence_refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'History is only added to, never changed (% on %).', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER history_is_only_added_to BEFORE UPDATE OR DELETE ON planning_event
        FOR EACH ROW EXECUTE FUNCTION evidence_refuse_to_rewrite();
    CREATE TRIGGER history_is_not_emptied BEFORE TRUNCATE ON planning_event
        FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_to_rewrite();
    CREATE TRIGGER seals_are_only_added BEFORE UPDATE OR DELETE ON evidence_seal
        FOR EACH ROW EXECUTE FUNCTION evidence_refuse_to_rewrite();
    CREATE TRIGGER seals_are_not_emptied BEFORE TRUNCATE ON evidence_seal
        FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_to_rewrite();
"""
UNGUARD = """
    DROP TRIGGER seals_are_not_emptied ON evidence_seal;
    DROP TRIGGER seals_are_only_added ON evidence_seal;
    DROP TRIGGER history_is_not_emptied ON planning_event;
    DROP TRIGGER history_is_only_added_to ON planning_event;
    DROP FUNCTION evidence_refuse_to_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_seals_and_packs")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
