"""A checklist has the name of its person, whoever writes either of them."""

from django.db import migrations

FOLLOW = """
    CREATE FUNCTION planning_take_name() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.person_name := (SELECT name FROM people_user WHERE id = NEW.person_id);
        RETURN NEW;
    END $$;
    CREATE TRIGGER checklists_know_a_name BEFORE INSERT ON planning_checklist
        FOR EACH ROW WHEN (NEW.person_name = '') EXECUTE FUNCTION planning_take_name();
    CREATE TRIGGER checklists_of_another_person_know_another_name BEFORE UPDATE OF person_id ON planning_checklist
        FOR EACH ROW WHEN (NEW.person_id <> OLD.person_id) EXECUTE FUNCTION planning_take_name();
    CREATE FUNCTION planning_pass_on_name() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE planning_checklist SET person_name = NEW.name WHERE person_id = NEW.id AND person_name <> NEW.name;
        RETURN NULL;
    END $$;
    CREATE TRIGGER checklists_follow_a_name AFTER UPDATE OF name ON people_user
        FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION planning_pass_on_name();
"""
UNFOLLOW = """
    DROP TRIGGER checklists_follow_a_name ON people_user;
    DROP TRIGGER checklists_of_another_person_know_another_name ON planning_checklist;
    DROP TRIGGER checklists_know_a_name ON planning_checklist;
    DROP FUNCTION planning_pass_on_name();
    DROP FUNCTION planning_take_name();
"""
FILL = """
    UPDATE planning_checklist AS checklist SET person_name = person.name
    FROM people_user AS person WHERE person.id = checklist.person_id
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0034_checklists_know_a_name")]
    operations = [migrations.RunSQL(FOLLOW, UNFOLLOW), migrations.RunSQL(FILL, migrations.RunSQL.noop)]
