"""Bring the message catalogues up to date: find the marked texts, merge them in, compile. Needs no GNU gettext.

The compiled .mo stands beside its .po in the repository, so that running the product needs no compiler at all.
"""

import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "locale"
#: The functions that mark a text, and which of their arguments are text (c: context); beside those Babel knows itself.
MARKS = {
    "_t": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
METHODS = [("migration_planner/**.py", "python"), ("templates/**.*", "tools.texts:extract_template")]


def extract_template(file: Any, keywords: Iterable[str], comments: Iterable[str], options: Any) -> Iterator[Any]:
    """A Django template as Babel reads it: `templatize` turns its tags into calls and blanks out the rest."""
    code = templatize(file.read().decode())
    flat = "\n".join(line.strip() for line in code.splitlines())  # what is left has no indentation that Python accepts
    return extract_python(BytesIO(flat.encode()), keywords, comments, {"encoding": "utf-8"})


def extract() -> Catalog:
    """Every marked text of pages, mail and code, with the file it stands in."""
    from babel.messages.extract import DEFAULT_KEYWORDS

    found = Catalog(project="Migration Planner", charset="utf-8")
    rows = extract_from_dir(str(ROOT), METHODS, keywords={**DEFAULT_KEYWORDS, **MARKS}, directory_filter=_is_ours)
    for path, _line, message, _comments, context in sorted(rows, key=lambda row: row[:2]):
        found.add(message, locations=[(path, None)], context=context)
    return found


def _is_ours(path: str) -> bool:
    return Path(path).name in {"migration_planner", "templates"} or Path(path).parent != ROOT


def read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale=po.parts[-3])


def merged(po: Path) -> bytes:
    """The .po file as it should stand: with every text there is, and no other; translations are kept."""
    catalog = read(po)
    catalog.update(extract(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    return _written(write_po, catalog, width=120, sort_by_file=True, omit_header=False)


def compiled(po: Path) -> bytes:
    return _written(write_mo, read(po))


def _written(write: Any, catalog: Catalog, **options: Any) -> bytes:
    buffer = BytesIO()
    write(buffer, catalog, **options)
    return buffer.getvalue()


def update() -> None:
    for po in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        po.write_bytes(merged(po))
        po.with_suffix(".mo").write_bytes(compiled(po))
        texts = [message for message in read(po) if message.id]
        missing = [message for message in texts if not _is_translated(message)]
        print(f"{po.relative_to(ROOT)}: {len(texts)} texts, {len(texts) - len(missing)} translated")
        if "--missing" in sys.argv:
            for message in missing:
                print(f"  {message.id!r}")


def _is_translated(message: Any) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    update()
