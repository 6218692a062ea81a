from django.db import migrations


class Migration(migrations.Migration):
    """The table of the cache. Not logged: after a crash of the database all limits of sign-in begin anew, and no more."""

    dependencies = [("people", "0005_calendars_of_sites")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE people_cache (
                cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamp with time zone NOT NULL
            );
            CREATE INDEX cache_entries_by_their_end ON people_cache (expires);
            """,
            "DROP TABLE people_cache",
        )
    ]
