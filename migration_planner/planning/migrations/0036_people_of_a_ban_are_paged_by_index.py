import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("planning", "0035_names_of_checklists_follow_people")]
    operations = [
        migrations.AddIndex(
            model_name="checklist",
            index=models.Index(
                models.F("ban"),
                models.Case(
                    models.When(state="blocked", then=models.Value(0)),
                    models.When(state="not_started", then=models.Value(1)),
                    models.When(state="started", then=models.Value(2)),
                    models.When(state="waived", then=models.Value(3)),
                    models.When(state="done", then=models.Value(4)),
                    default=models.Value(5),
                    output_field=models.IntegerField(),
                ),
                models.F("person_name"),
                models.F("id"),
                condition=models.Q(("state", "stopped"), _negated=True),
                name="people_by_need",
            ),
        ),
        migrations.AddIndex(
            model_name="checklist",
            index=models.Index(
                models.F("ban"),
                models.F("person_name"),
                models.F("id"),
                condition=models.Q(("state", "stopped"), _negated=True),
                name="people_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="checklist",
            index=models.Index(
                models.F("ban"),
                models.OrderBy(
                    django.db.models.functions.comparison.Coalesce("last_activity_at", "created_at"), descending=True
                ),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("state", "stopped"), _negated=True),
                name="people_by_activity",
            ),
        ),
    ]
