import django.db.models.deletion
from django.db import migrations, models

FILL = """
    UPDATE planning_contradiction AS known SET ban_id = checklist.ban_id
    FROM planning_checklist AS checklist WHERE checklist.id = known.checklist_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0047_last_uses_with_their_people"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="contradiction",
            name="open_contradictions_latest",
        ),
        migrations.AddField(
            model_name="contradiction",
            name="ban",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="contradictions",
                to="planning.ban",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        # What the foreign keys still have to look at stands in the way of another change of the table.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="contradiction",
            name="ban",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="contradictions",
                to="planning.ban",
            ),
        ),
        migrations.AddIndex(
            model_name="contradiction",
            index=models.Index(
                models.F("ban"),
                models.OrderBy(models.F("day"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("closed_at", None)),
                name="open_contradictions_latest",
            ),
        ),
    ]
