"""A comment is added; all that may become of it afterwards is that it is withdrawn, which takes its words away."""

from django.db import migrations

GUARD = """
    CREATE FUNCTION planning_keep_comments() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL AND NEW.text = '' AND
           to_jsonb(NEW) - '{text,withdrawn_at}'::text[] = to_jsonb(OLD) - '{text,withdrawn_at}'::text[] THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'Comments are added, and withdrawn, but never changed (%).', TG_OP
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER comments_are_only_withdrawn BEFORE UPDATE OR DELETE ON planning_comment
        FOR EACH ROW EXECUTE FUNCTION planning_keep_comments();
"""
UNGUARD = """
    DROP TRIGGER comments_are_only_withdrawn ON planning_comment;
    DROP FUNCTION planning_keep_comments();
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0041_comments")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
