"""Indexes for the search: parts of names by trigrams, the beginnings of whatever trigrams cannot tell apart by plain order.

pg_trgm comes with PostgreSQL and is trusted: who owns the database may create it.
"""

from django.db import migrations

INDEXES = """
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX people_by_parts_of_names ON people_user USING gin (lower(name) gin_trgm_ops);
    CREATE INDEX people_by_beginnings_of_names ON people_user (lower(name) text_pattern_ops);
    CREATE INDEX people_by_beginnings_of_addresses ON people_user (email text_pattern_ops);
    CREATE INDEX people_by_beginnings_of_external_ids ON people_user (lower(external_id) text_pattern_ops);
    CREATE INDEX people_in_order_of_names ON people_user (name, id);
    CREATE INDEX teams_by_parts_of_paths ON people_team USING gin (lower(path) gin_trgm_ops);
"""
#: The extension stays: somebody else may use it by then.
NO_INDEXES = """
    DROP INDEX teams_by_parts_of_paths;
    DROP INDEX people_in_order_of_names;
    DROP INDEX people_by_beginnings_of_external_ids;
    DROP INDEX people_by_beginnings_of_addresses;
    DROP INDEX people_by_beginnings_of_names;
    DROP INDEX people_by_parts_of_names;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0007_an_upload_can_be_discarded")]
    operations = [migrations.RunSQL(INDEXES, NO_INDEXES)]
