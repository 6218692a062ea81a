from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("planning", "0028_tokens_stand_under_a_pepper")]

    operations = [
        migrations.RemoveField("accesstoken", "scope"),
        migrations.AddConstraint(
            "accesstoken",
            models.CheckConstraint(condition=models.Q(("scopes__len__gt", 0)), name="tokens_have_a_scope"),
        ),
    ]
