"""Packs are asked for on a page and built by a worker; a worker that dies leaves its pack to the next one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _t

from migration_planner.evidence import packing, sealing
from migration_planner.evidence.models import Pack, Part
from migration_planner.lib.errors import DomainError
from migration_planner.people.models import User
from migration_planner.planning.models import Ban

log = structlog.get_logger(__name__)

Tell = Callable[[int], None]
AT_WORK = [Pack.State.WAITING, Pack.State.BUILDING]
#: So many workers try a pack.
ATTEMPTS = 3
#: Keeps these locks apart from all others.
SPACE = 0x9AC4
#: Bytes of a part: what a page sends in one go.
PART = 1 << 20
#: The newest packs of a ban stay; what they say can be built again at any time.
KEPT = 3


def ask(ban: Ban, *, by: User, now: datetime) -> Pack:
    """Ask for the evidence of a ban that was published. Raises DomainError while one is being built already."""
    if ban.published_at is None:
        raise DomainError(_t("There is no evidence of a draft. Publish the ban first."))
    try:
        with transaction.atomic():
            return Pack.objects.create(ban=ban, asked_by=by, asked_at=now, files=len(packing.FILES))
    except IntegrityError:
        raise DomainError(_t("A pack of this ban is being built already. It will be here in a moment.")) from None


def build_next(*, now: datetime) -> Pack | None:
    """Build one pack that waits, or that a dead worker left. None when there is none."""
    for pack in Pack.objects.filter(state__in=AT_WORK).select_related("ban", "asked_by").order_by("pk"):
        with _alone(pack) as tell:
            if tell and Pack.objects.filter(pk=pack.pk, state__in=AT_WORK).update(attempts=F("attempts") + 1):
                _try(pack, now=now, tell=tell)
                return pack
    return None


def _try(pack: Pack, *, now: datetime, tell: Tell) -> None:
    """Build a pack; one that breaks, or that its workers die over, says so and holds up no other."""
    with translation.override(pack.asked_by.language):
        if pack.attempts >= ATTEMPTS:
            return _fail(pack, _t("The workers ended over it again and again. Ask whoever runs this installation."))
        try:
            build(pack, now=now, tell=tell)
        except OSError as error:
            _fail(pack, str(error))
        except Exception:
            log.exception("pack broke", pack=pack.pk)
            _fail(
                pack, _t("Something went wrong; the log of the worker says what. Ask whoever runs this installation.")
            )


def _fail(pack: Pack, why: str) -> None:
    Pack.objects.filter(pk=pack.pk).update(state=Pack.State.FAILED, error=why)


def build(pack: Pack, *, now: datetime, tell: Tell = lambda written: None) -> None:
    """Seal, write, store."""
    Pack.objects.filter(pk=pack.pk).update(state=Pack.State.BUILDING, written=0)
    pack.parts.all().delete()
    sealing.seal(pack.ban_id, now=now)
    with TemporaryDirectory() as folder:
        packed = packing.write(pack.ban, Path(folder), told=tell)
        _store(pack, Path(folder) / "pack.zip", packed, now=now)


def content(pack: Pack) -> Iterator[bytes]:
    """The bytes of a pack that is ready, a part at a time."""
    for part in pack.parts.order_by("number").iterator(1):
        yield bytes(part.content)


@transaction.atomic
def _store(pack: Pack, path: Path, packed: packing.Packed, *, now: datetime) -> None:
    with path.open("rb") as file:
        for number, block in enumerate(iter(lambda: file.read(PART), b"")):
            Part.objects.create(pack=pack, number=number, content=block)
    Pack.objects.filter(pk=pack.pk).update(
        state=Pack.State.READY,
        ready_at=now,
        written=len(packing.FILES),
        size=packed.size,
        digest=packed.sha256,
        head=packed.head,
    )
    old = Pack.objects.filter(ban=pack.ban_id).order_by("-pk").values_list("pk", flat=True)[KEPT:]
    Pack.objects.filter(pk__in=list(old)).delete()


@contextmanager
def _alone(pack: Pack) -> Iterator[Tell | None]:
    """The pack for this worker alone, with a function that says how many files are written; None when another has it.

    Over a connection of its own: the lock ends with the worker, and what is told is seen while the work goes on.
    """
    apart = connection.copy()
    try:
        with apart.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SPACE, pack.pk])
            mine = cursor.fetchone()[0]

            def tell(written: int) -> None:
                cursor.execute("UPDATE evidence_pack SET written = %s WHERE id = %s", [written, pack.pk])

            yield tell if mine else None
    finally:
        apart.close()
