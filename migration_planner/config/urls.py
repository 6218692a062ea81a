"""Every address of the product."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("migration_planner.web.urls")),
    path("api/", include("migration_planner.api.urls")),
]
if settings.LOCAL_MODE:
    urlpatterns.append(path("local/", include("migration_planner.local.urls")))

handler400 = "migration_planner.web.views.errors.bad_request"
handler403 = "migration_planner.web.views.errors.forbidden"
handler404 = "migration_planner.web.views.errors.not_found"
handler429 = "migration_planner.web.views.errors.too_many"
handler500 = "migration_planner.web.views.errors.broken"
