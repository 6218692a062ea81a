from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from migration_planner.api import gaps, reports, signals, views

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("reports/", reports.receive, name="api-reports"),
    path("bans/", views.bans, name="api-bans"),
    path("bans/<int:pk>/", views.ban, name="api-ban"),
    path("bans/<int:pk>/progress/", views.ban_progress, name="api-progress"),
    path("gaps/", gaps.gaps, name="api-gaps"),
    path("signals/", signals.put_signals, name="api-signals"),
    path("checklists/", views.checklists, name="api-checklists"),
    path("checklists/<int:pk>/", views.checklist, name="api-checklist"),
    path("checklists/<int:pk>/steps/<int:step_id>/", views.step, name="api-step"),
]
