"""The floor of every page: session, sign-in, one statement, next to no template. Local mode alone serves it."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST


@require_GET
def floor_read(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM people_user WHERE id = %s", [request.user.pk])
        return HttpResponse(format_html("<p>{}</p>", cursor.fetchone()[0]))


@require_POST
def floor_write(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_user SET site = site WHERE id = %s", [request.user.pk])
        return HttpResponse("<p>ok</p>")
