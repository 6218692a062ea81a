"""That a checklist is done is a line of history, whoever or whatever made it so: written by the database, in the same transaction."""

from django.db import migrations

WRITE = """
    CREATE FUNCTION planning_note_completed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, data)
        VALUES (NEW.done_at, 'checklist_completed', NULL, '', NEW.ban_id, NEW.id, NEW.person_id,
                jsonb_build_object('is_verified', NEW.is_verified));
        RETURN NULL;
    END $$;
    CREATE TRIGGER checklists_that_are_done_are_history AFTER UPDATE OF state ON planning_checklist
        FOR EACH ROW WHEN (NEW.state = 'done' AND OLD.state NOT IN ('done', 'stopped'))
        EXECUTE FUNCTION planning_note_completed();
"""
UNWRITE = """
    DROP TRIGGER checklists_that_are_done_are_history ON planning_checklist;
    DROP FUNCTION planning_note_completed();
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0043_what_is_done_is_history")]
    operations = [migrations.RunSQL(WRITE, UNWRITE)]
