"""People and teams by what somebody types, worded so that an index answers however large the company is.

Three letters or digits in a row are looked for anywhere in a name, by trigrams. Fewer stand at the beginning of a word.
Trigrams know other letters than those of ASCII only where the database was made for them, so a word of other letters alone,
such as 王伟, stands at the beginning of the name.
"""

import re

from django.db.models import Q
from django.db.models.functions import Lower

from migration_planner.people.models import TeamQuerySet, UserQuerySet

#: What is typed beyond these is passed over: so many characters, so many words.
LONGEST, MOST_WORDS = 100, 6
LONG_ENOUGH = re.compile(r"[a-z0-9]{3}")
ASCII_CAPITALS = re.compile(r"[A-Z]+")


def words_of(typed: str) -> list[str]:
    """The words to look for, in small letters; none when nothing was typed but a single letter."""
    words = typed[:LONGEST].lower().split()[:MOST_WORDS]
    return words if any(len(word) > 1 or not word.isascii() for word in words) else []


def people_called(people: UserQuerySet, words: list[str]) -> UserQuerySet:
    """Those with every word in their name, or whose address or external id begins with the one word there is."""
    found = Q()
    for word in words:
        found &= _in_text("low_name", word)
    if len(words) == 1:
        found |= Q(email__startswith=words[0]) | Q(low_id__startswith=words[0])
    return people.alias(low_name=Lower("name"), low_id=Lower("external_id")).filter(found)


def teams_called(teams: TeamQuerySet, words: list[str]) -> TeamQuerySet:
    """Those with every word in their path, as "acme/eng" or "eng search"."""
    teams = teams.alias(low_path=Lower("path"))
    for word in words:
        spellings = Q()
        for spelling in _spellings(word):
            spellings |= Q(low_path__contains=spelling)
        teams = teams.filter(spellings)
    return teams


def _in_text(field: str, word: str) -> Q:
    found = Q()
    for spelling in _spellings(word):
        if LONG_ENOUGH.search(spelling):
            found |= Q(**{f"{field}__contains": spelling})
            continue
        found |= Q(**{f"{field}__startswith": spelling})
        if spelling.isascii():
            found |= Q(**{f"{field}__contains": f" {spelling}"})
    return found


def _spellings(word: str) -> list[str]:
    """The word as `lower()` of a database may leave it that knows the capitals of ASCII alone: özil, Özil, ÖziL."""
    if word.isascii():
        return [word]
    ways = (word, word.capitalize(), word.upper())
    return sorted({ASCII_CAPITALS.sub(lambda found: found[0].lower(), way) for way in ways})
