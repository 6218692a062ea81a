"""A checklist can become done long after its last mark: a step is removed, a returned mark is put back. Its line of history is
dated when it is written, that is not before the newest line of its ban, or the chain would say that it was put in later."""

from django.db import migrations

WRITE = """
    CREATE OR REPLACE FUNCTION planning_note_completed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, data)
        VALUES (greatest(NEW.done_at, (SELECT at FROM planning_event WHERE ban_id = NEW.ban_id ORDER BY id DESC LIMIT 1)),
                'checklist_completed', NULL, '', NEW.ban_id, NEW.id, NEW.person_id,
                jsonb_build_object('is_verified', NEW.is_verified));
        RETURN NULL;
    END $$;
"""
BEFORE = """
    CREATE OR REPLACE FUNCTION planning_note_completed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO planning_event (at, verb, actor_id, why, ban_id, checklist_id, person_id, data)
        VALUES (NEW.done_at, 'checklist_completed', NULL, '', NEW.ban_id, NEW.id, NEW.person_id,
                jsonb_build_object('is_verified', NEW.is_verified));
        RETURN NULL;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0048_contradictions_by_ban")]
    operations = [migrations.RunSQL(WRITE, BEFORE)]
