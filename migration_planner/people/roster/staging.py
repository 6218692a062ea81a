"""The file into the staging table, by COPY."""

from datetime import datetime
from itertools import islice
from os import SEEK_END
from typing import Any, BinaryIO, cast

from django.db import connection, transaction
from django.utils.translation import gettext as _t

from migration_planner.lib.errors import DomainError
from migration_planner.people.models import RosterImport, RosterProblem, RosterRow, User
from migration_planner.people.models.rosters import KEEP_ROWS
from migration_planner.people.roster.reading import COLUMNS, RosterFile


@transaction.atomic
def stage(raw: BinaryIO, *, name: str, by: User | None, now: datetime, full: bool = False) -> RosterImport:
    """Take a roster file in: every row, clean, with its line. Raises DomainError when it cannot be read or holds no row."""
    file = RosterFile(raw)
    import_ = RosterImport.objects.create(
        uploaded_by=by, uploaded_at=now, file_name=name[:200], full=full, columns=file.columns,
        unknown_columns=[heading[:100] for heading in file.unknown[:50]],
    )  # fmt: skip
    import_.rows = _copy(import_, file)
    if not import_.rows:
        raise DomainError(_t("The file has headings but no row. Nothing was imported."))
    import_.size = raw.seek(0, SEEK_END)
    import_.save(update_fields=["rows", "size"])
    return import_


def forget_applied_rows(import_: RosterImport) -> None:
    """Let go of what came into force; the bad rows stay for some days, to be corrected."""
    bad = RosterProblem.objects.filter(roster_import=import_).values("line")
    RosterRow.objects.filter(roster_import=import_).exclude(line__in=bad).delete()


def forget_rows(*, now: datetime) -> int:
    """Delete the rows of files of some days ago, and what was said about them. Returns how many rows."""
    old = RosterImport.objects.filter(uploaded_at__lt=now - KEEP_ROWS).exclude(state=RosterImport.State.APPLYING)
    RosterProblem.objects.filter(roster_import__in=old).delete()
    return RosterRow.objects.filter(roster_import__in=old).delete()[0]


def _copy(import_: RosterImport, file: RosterFile) -> int:
    """COPY in its text format, many rows at a time: cells are clean (no tabs, no line breaks), so it is only to be joined."""
    statement = f"COPY people_rosterrow (roster_import_id, line, surplus, {', '.join(COLUMNS)}) FROM STDIN"
    start = f"{import_.pk}\t"
    lines = (start + "\t".join((str(row.line), str(row.surplus), *row.cells)) + "\n" for row in file.rows())
    rows = 0
    with connection.cursor() as cursor:
        with cast(Any, cursor).copy(statement) as copy:
            while block := list(islice(lines, 2000)):
                copy.write("".join(block).replace("\\", "\\\\"))
                rows += len(block)
        cursor.execute("ANALYZE people_rosterrow")
    return rows
