"""What keeps mail from going although it is due. Read when mails are claimed, and again in the moment before each goes.

All of it stands in the database, so that every sender sees the same. Conditions over a row of `reminders_mail AS mail`.
"""

from migration_planner.reminders.statements import ALL_PAUSED, TOUCHES_PAUSED, rows

#: The lane's own scope among the rests; all others are domains of recipients.
LANE = "*"

#: While all mail is paused, while nobody has looked after a restore, while the mail server takes nothing from us.
OPEN = f"""
    NOT {ALL_PAUSED}
    AND NOT EXISTS (SELECT FROM reminders_origin WHERE ended_at IS NULL)
    AND NOT EXISTS (SELECT FROM reminders_rest WHERE scope = '{LANE}' AND until > clock_timestamp())
"""  # noqa: S608 - constants of ours
#: The recipient's domain.
DOMAIN = "(SELECT split_part(person.email, '@', 2) FROM people_user AS person WHERE person.id = mail.person_id)"
#: While that domain takes nothing.
DOMAIN_OPEN = f"{DOMAIN} NOT IN (SELECT scope FROM reminders_rest WHERE until > clock_timestamp())"  # noqa: S608 - a constant of this module
#: A mail that speaks of a ban whose mail is paused waits whole.
MAY_GO = f"{OPEN} AND NOT {TOUCHES_PAUSED} AND {DOMAIN_OPEN}"

SHUT = f"""
    SELECT CASE WHEN {ALL_PAUSED} THEN 'paused'
                WHEN EXISTS (SELECT FROM reminders_origin WHERE ended_at IS NULL) THEN 'restored'
                ELSE coalesce((SELECT text FROM reminders_rest WHERE scope = '{LANE}' AND until > clock_timestamp()), '') END
"""  # noqa: S608 - as above


def shut() -> str:
    """What stops all mail just now, in words; nothing when it may go."""
    return str(rows(SHUT)[0][0])
