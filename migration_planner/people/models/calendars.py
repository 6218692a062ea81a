"""On which days the people of a site work."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SiteCalendar(models.Model):
    """The calendar of everybody whose site has this name in the roster. Without a country it is Monday to Friday.

    A site that has none, and people without a site, work from Monday to Friday (see people/calendars.py).
    """

    site = models.CharField(_("site"), max_length=120, unique=True)
    #: ISO 3166-1, and the part of it that has holidays of its own; as the library `holidays` calls them.
    country = models.CharField(_("country"), max_length=2, blank=True)
    subdivision = models.CharField(_("part of the country"), max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(site=""), name="calendars_have_a_site"),
            models.CheckConstraint(condition=Q(subdivision="") | ~Q(country=""), name="subdivisions_have_a_country"),
        ]

    def __str__(self) -> str:
        return self.site


class OwnDay(models.Model):
    """A day on which a site does otherwise than its country: off, or worked on."""

    calendar = models.ForeignKey(SiteCalendar, on_delete=models.CASCADE, related_name="own_days")
    day = models.DateField()
    works = models.BooleanField()
    name = models.CharField(max_length=200, blank=True)
    #: The file it came from, by which it can be taken away again.
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="a_site_says_one_thing_about_a_day")]

    def __str__(self) -> str:
        return f"{self.day} at {self.calendar_id}"
