"""A delivery is written in the transaction of its event, whoever writes that and however many at once: by the database itself."""

from django.db import migrations

WRITE = """
    CREATE FUNCTION reminders_write_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO reminders_delivery (hook_id, event_id, key, made_at, not_before, state, reason, tries)
        SELECT hook.id, fresh.id, gen_random_uuid(), fresh.at, fresh.at, 'waiting', '', 0
        FROM reminders_hook AS hook
        JOIN fresh ON fresh.verb = ANY(hook.verbs) AND (hook.ban_id IS NULL OR hook.ban_id = fresh.ban_id)
        WHERE hook.off = '' AND hook.removed_at IS NULL;
        RETURN NULL;
    END $$;
    CREATE TRIGGER deliveries_are_written_with_their_event AFTER INSERT ON planning_event
        REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION reminders_write_deliveries();
"""
UNWRITE = """
    DROP TRIGGER deliveries_are_written_with_their_event ON planning_event;
    DROP FUNCTION reminders_write_deliveries();
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0017_webhooks")]
    operations = [migrations.RunSQL(WRITE, UNWRITE)]
