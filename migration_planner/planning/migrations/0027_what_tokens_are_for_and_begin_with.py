import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SCOPES = [
    ("read", "read what you may see"),
    ("marks", "do your own part: marks, acknowledgements, waivers you ask for, preferences"),
    ("manage", "do what you may do for others: bans, teams, waves, waivers, gaps, roster, catalogue"),
    ("reports", "send reports of scans for your teams"),
    ("signals", "send signals of use"),
]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("planning", "0026_events_of_all_kinds_again"),
    ]

    operations = [
        migrations.AddField(
            "accesstoken", "begins", models.CharField(blank=True, max_length=20, default=""), preserve_default=False
        ),
        migrations.AddField(
            "reporttoken", "begins", models.CharField(blank=True, max_length=20, default=""), preserve_default=False
        ),
        migrations.AddField(
            "accesstoken",
            "scopes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=SCOPES, max_length=20), default=list, size=None
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            "accesstoken",
            "made_by",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="access_tokens", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
