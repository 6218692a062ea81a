from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("steering", "0001_forecasts_and_their_record")]
    operations = [
        migrations.RemoveIndex(
            model_name="forecast",
            name="teams_that_decide_a_ban",
        ),
        migrations.AddField(
            model_name="forecast",
            name="mostly_own",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="forecast",
            index=models.Index(
                condition=models.Q(("mostly_own", True)), fields=["ban", "-short", "team"], name="teams_that_decide"
            ),
        ),
    ]
