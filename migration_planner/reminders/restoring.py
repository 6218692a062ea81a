"""After a restore from a backup the outbox stands still: what was sent since the backup is not known here, and would go again.

A restored database gives itself away: a cluster says who it is and on which timeline, and a table that was made anew has
another number. A copy of the files that was put back cold does not; there, `manage.py hold_mail --restored` says so.

While an origin is open nothing goes. Mails with a reminder that was due before the restore was noticed are held, one by one,
for a person to decide; the others wait until a person lets mail go again.
"""

from datetime import datetime

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.reminders.models import Origin, Reason
from migration_planner.reminders.statements import rows, run

#: Whoever may not ask the cluster for its name still sees a database and a table made anew.
CLUSTER = "SELECT system_identifier, (SELECT timeline_id FROM pg_control_checkpoint()) FROM pg_control_system()"
HERE = "SELECT oid, 'reminders_mail'::regclass::oid FROM pg_database WHERE datname = current_database()"
HOLD = """
    WITH doubtful AS (
        SELECT mail.id FROM reminders_mail AS mail
        WHERE mail.state = 'waiting' AND (mail.lease_until IS NULL OR mail.lease_until < clock_timestamp())
          AND EXISTS (SELECT FROM reminders_reminder AS carried WHERE carried.mail_id = mail.id
                      AND carried.state = 'waiting' AND carried.due_at <= %(until)s)
        FOR NO KEY UPDATE OF mail SKIP LOCKED
    ), carried AS (
        UPDATE reminders_reminder SET state = 'held', reason = %(reason)s
        WHERE state = 'waiting' AND mail_id IN (SELECT id FROM doubtful)
    )
    UPDATE reminders_mail SET state = 'held', reason = %(reason)s, lease_token = NULL, lease_until = NULL, in_hand_since = NULL
    WHERE id IN (SELECT id FROM doubtful)
"""


def notice(*, now: datetime) -> None:
    """See whether this is still the database it was. Called before anything is sent."""
    known = Origin.objects.order_by("-pk").values_list("identity", "ended_at").first()
    identity = _identity()
    if known is None:
        _write(identity, now=now, ended_at=now)
    elif known[0] != identity and not (known[0].endswith(identity) or identity.endswith(known[0])):
        _write(identity, now=now)
    hold(now=now)


def tell(*, now: datetime) -> None:
    """Somebody says that this database was restored. Raises DomainError when that is known."""
    if not _write(_identity(), now=now):
        raise DomainError(_t("The outbox is held after a restore already."))
    hold(now=now)


def hold(*, now: datetime) -> int:
    """Hold what was due before the open restore was noticed. Again at each pass: late planning may bring more to light."""
    until = Origin.objects.filter(ended_at__isnull=True).values_list("noticed_at", flat=True).first()
    return run(HOLD, until=until, reason=Reason.RESTORED.value) if until else 0


def resume(*, by: User, now: datetime, why: str) -> bool:
    """Let mail go again; what is held stays held until somebody decides about it. False when nothing was held up.

    Raises DomainError without a reason.
    """
    if not why.strip():
        raise DomainError(_t("Say why mail may go again after the restore."))
    hold(now=now)
    opened = Origin.objects.filter(ended_at__isnull=True)
    return bool(opened.update(ended_at=now, ended_by=by, why=why.strip()))


def open_restore() -> Origin | None:
    """The restore that holds the outbox up, if any does."""
    return Origin.objects.filter(ended_at__isnull=True).first()


def _write(identity: str, *, now: datetime, ended_at: datetime | None = None) -> bool:
    """False when another process was first."""
    try:
        with transaction.atomic():
            Origin.objects.create(identity=identity, noticed_at=now, ended_at=ended_at)
    except IntegrityError:
        return False
    return True


def _identity() -> str:
    """Of the cluster, as far as we may know it, of the database and of the table."""
    try:
        with transaction.atomic():
            cluster = rows(CLUSTER)[0]
    except DatabaseError:
        if connection.connection is None or connection.connection.closed:
            raise
        cluster = ()
    return ":".join(str(part) for part in (*cluster, *rows(HERE)[0]))
