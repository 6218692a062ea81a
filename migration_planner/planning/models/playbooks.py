from django.db import connection, models
from django.db.models import Q

from migration_planner.people.models import User

#: Two imports at once wait for each other, so that both see which version is the newest.
LOCK = 0x6D71


class PlaybookVersionQuerySet(models.QuerySet["PlaybookVersion"]):
    def imported(self) -> "PlaybookVersionQuerySet":
        """Those that somebody brought in; the others shipped, and are kept for the bans that were drafted from them."""
        return self.filter(imported_by__isnull=False)


class PlaybookVersion(models.Model):
    """The text of one version of a playbook. It never changes."""

    slug = models.SlugField(max_length=80)
    version = models.CharField(max_length=40)
    text = models.TextField()
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    imported_at = models.DateTimeField()

    objects = PlaybookVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="one_text_per_playbook_and_version"),
            models.CheckConstraint(condition=~Q(text=""), name="a_playbook_version_has_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.version}"

    @staticmethod
    def hold() -> None:
        """Bring in a version alone. Ends with the transaction."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
