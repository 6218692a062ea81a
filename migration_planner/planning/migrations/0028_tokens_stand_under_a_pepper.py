"""Digests kept so far are put under the pepper; since HMAC is taken over that very digest, every token goes on.

There is no way back from it: an earlier release finds none of these tokens, and they have to be made anew there.
"""

from typing import Any

from django.conf import settings
from django.db import migrations

from migration_planner.lib.tokens import under


def pepper(apps: Any, schema_editor: Any) -> None:
    for name in ("AccessToken", "ReportToken"):
        rows = apps.get_model("planning", name).objects
        for pk, plain in rows.values_list("pk", "digest"):
            rows.filter(pk=pk).update(digest=under(settings.TOKEN_PEPPER, plain))


def write_scopes(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("planning", "AccessToken").objects
    for pk, scope in rows.values_list("pk", "scope"):
        rows.filter(pk=pk).update(scopes=[scope])


class Migration(migrations.Migration):
    dependencies = [("planning", "0027_what_tokens_are_for_and_begin_with")]

    operations = [
        migrations.RunPython(pepper, migrations.RunPython.noop),
        migrations.RunPython(write_scopes, migrations.RunPython.noop),
    ]
