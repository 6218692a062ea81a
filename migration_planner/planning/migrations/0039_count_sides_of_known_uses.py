from django.db import migrations

#: As planning/use_counts.py counts them, for every ban that was ever in force.
COUNT = """
    INSERT INTO planning_usecount (ban_id, migration_id, old, new, people)
    SELECT ban.id, checklist.migration_id,
           CASE WHEN old.last_day IS NULL THEN 'never' WHEN old.last_day > newest.old - 7 THEN 'in_use' ELSE 'stopped' END AS o,
           CASE WHEN new.last_day IS NULL THEN 'never' WHEN new.last_day > newest.new - 7 THEN 'in_use' ELSE 'stopped' END AS n,
           count(*)
    FROM planning_ban AS ban
    CROSS JOIN LATERAL (
        SELECT max(newest_day) FILTER (WHERE tool_id = ban.tool_id) AS old,
               max(newest_day) FILTER (WHERE tool_id = ban.replacement_id) AS new
        FROM planning_signalsource WHERE tool_id IN (ban.tool_id, ban.replacement_id) HAVING count(*) > 0) AS newest
    JOIN planning_checklist AS checklist ON checklist.ban_id = ban.id AND checklist.state <> 'stopped'
    LEFT JOIN planning_use AS old ON old.person_id = checklist.person_id AND old.tool_id = ban.tool_id
    LEFT JOIN planning_use AS new ON new.person_id = checklist.person_id AND new.tool_id = ban.replacement_id
    WHERE ban.state NOT IN ('draft', 'discarded')
    GROUP BY GROUPING SETS ((ban.id, checklist.migration_id, o, n), (ban.id, o, n))
"""


class Migration(migrations.Migration):
    dependencies = [("planning", "0038_sides_are_counted_beside_uses")]
    operations = [migrations.RunSQL(COUNT, migrations.RunSQL.noop)]
