from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("planning", "0033_substitutes_in_history")]
    operations = [
        migrations.AddField(
            model_name="checklist",
            name="person_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
    ]
