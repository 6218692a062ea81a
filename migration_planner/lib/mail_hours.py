"""The hours of the day, by the reader's clock, in which mail may come."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from migration_planner.lib import zones

DAY = timedelta(days=1)


@dataclass(frozen=True)
class MailHours:
    """From `first` o'clock until just before `end` o'clock; 0 and 24 are the whole day."""

    first: int = 0
    end: int = 24

    def clamp(self, hour: int) -> int:
        """The hour nearest to `hour` at which mail may come."""
        return min(max(hour, self.first), self.end - 1)

    def allow(self, moment: datetime, zone: str) -> bool:
        opening, closing = self._of(moment, zone)
        return opening <= moment < closing

    def at_or_after(self, moment: datetime, zone: str) -> datetime:
        """`moment` itself when mail may come then, else the next opening."""
        opening, closing = self._of(moment, zone)
        if moment < opening:
            return opening
        return moment if moment < closing else zones.next_at_hour(moment, self.first, zone)

    def at_or_before(self, moment: datetime, zone: str) -> datetime:
        """`moment` itself when mail may come then, else the last full hour before it at which mail may come."""
        return moment if self.allow(moment, zone) else zones.last_at_hour(moment, self.end - 1, zone)

    def _of(self, moment: datetime, zone: str) -> tuple[datetime, datetime]:
        """The instants at which the hours of that local day begin and end."""
        day = zones.local_day(moment, zone)
        closing = zones.instant(day + DAY, time(), zone) if self.end == 24 else zones.instant(day, time(self.end), zone)
        return zones.instant(day, time(self.first), zone), closing
