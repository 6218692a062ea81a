from django.db import models

from migration_planner.planning.models.bans import ScopeStatement
from migration_planner.planning.models.checklists import Checklist


class Acknowledgement(models.Model):
    """That a person has read one version of a ban's scope statement: their own word, given once, never taken back."""

    statement = models.ForeignKey(
        ScopeStatement, on_delete=models.PROTECT, related_name="acknowledgements", db_index=False
    )
    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "checklist"], name="a_version_is_acknowledged_once_by_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.checklist_id} has read {self.statement_id}"
