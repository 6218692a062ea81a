from django.urls import path

from migration_planner.local import views
from migration_planner.local.bench import views as bench
from migration_planner.local.mail import views as mail

urlpatterns = [
    path("", views.step_in, name="local"),
    path("step-in/<int:pk>/", views.step_in_as, name="local-step-in"),
    path("floor/", bench.floor_read, name="local-floor"),
    path("floor/write/", bench.floor_write, name="local-floor-write"),
    path("mail/", mail.index, name="local-mail"),
    path("mail/<str:name>/", mail.detail, name="local-mail-detail"),
    path("mail/<str:name>/html/", mail.html, name="local-mail-html"),
]
