"""Chance that is the same for the same words: nothing here depends on the order of rows or on their numbers."""

from django.db import connection

#: `chance` is even between 0 and 1, `bell` normal around 0, `at_work` a moment of somebody's working hours (UTC): whatever falls
#: on a weekend is done early on Monday, except by those who work on weekends. The order of moments is kept.
FUNCTIONS = """
    CREATE OR REPLACE FUNCTION pg_temp.chance(words text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
        SELECT ('x' || left(md5(words), 13))::bit(52)::bigint::float8 / 4503599627370496
    $$;
    CREATE OR REPLACE FUNCTION pg_temp.bell(words text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
        SELECT sqrt(-2 * ln(1 - pg_temp.chance(words || '/a'))) * cos(2 * pi() * pg_temp.chance(words || '/b'))
    $$;
    CREATE OR REPLACE FUNCTION pg_temp.at_work(moment timestamptz, weekends boolean) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE AS $$
        SELECT (CASE WHEN isodow >= 6 AND NOT weekends
                     THEN day + (8 - isodow) * interval '1 day' + interval '5 hours' + (isodow - 6 + share) * interval '1 hour'
                     ELSE day + interval '7 hours' + share * interval '10 hours' END) AT TIME ZONE 'UTC'
        FROM (SELECT date_trunc('day', moment AT TIME ZONE 'UTC') AS day,
                     extract(isodow FROM moment AT TIME ZONE 'UTC')::int AS isodow,
                     extract(epoch FROM (moment AT TIME ZONE 'UTC')::time)::float8 / 86400 AS share) AS parts
    $$
"""


def make() -> None:
    """Define the functions for this connection alone."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
