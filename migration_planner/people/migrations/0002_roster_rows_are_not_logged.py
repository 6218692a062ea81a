from django.db import migrations

TABLES = ["people_rosterrow", "people_rosterproblem"]


class Migration(migrations.Migration):
    """What was read from a file can be read from it again; writing it to the log would cost half of the import's time."""

    dependencies = [("people", "0001_people_teams_and_rosters")]

    operations = [
        migrations.RunSQL(
            [f"ALTER TABLE {table} SET UNLOGGED" for table in TABLES],
            [f"ALTER TABLE {table} SET LOGGED" for table in TABLES],
        ),
    ]
