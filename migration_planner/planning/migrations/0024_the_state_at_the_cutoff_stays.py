"""What was written down about a cutoff is never changed, also by statements that do not come from this program."""

from django.db import migrations

GUARD = """
    CREATE FUNCTION planning_refuse_to_thaw() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The state at a cutoff is never changed (% on %).', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER people_at_a_cutoff_stay BEFORE UPDATE OR DELETE ON planning_personatcutoff
        FOR EACH ROW EXECUTE FUNCTION planning_refuse_to_thaw();
    CREATE TRIGGER teams_at_a_cutoff_stay BEFORE UPDATE OR DELETE ON planning_teamatcutoff
        FOR EACH ROW EXECUTE FUNCTION planning_refuse_to_thaw();
    CREATE TRIGGER a_cutoff_stays BEFORE DELETE ON planning_atcutoff
        FOR EACH ROW EXECUTE FUNCTION planning_refuse_to_thaw();
    -- Its sums are written once, in the transaction that makes it.
    CREATE TRIGGER sums_at_a_cutoff_stay BEFORE UPDATE ON planning_atcutoff
        FOR EACH ROW WHEN (OLD.people > 0) EXECUTE FUNCTION planning_refuse_to_thaw();
"""
UNGUARD = """
    DROP TRIGGER sums_at_a_cutoff_stay ON planning_atcutoff;
    DROP TRIGGER a_cutoff_stays ON planning_atcutoff;
    DROP TRIGGER teams_at_a_cutoff_stay ON planning_teamatcutoff;
    DROP TRIGGER people_at_a_cutoff_stay ON planning_personatcutoff;
    DROP FUNCTION planning_refuse_to_thaw();
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0023_the_state_at_the_cutoff")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
