"""What a mail may say about waivers: read in one query for a whole batch of mails, into frozen rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from migration_planner.reminders.obligations import Obligation
from migration_planner.reminders.statements import rows
from migration_planner.reminders.waivers import word_of


@dataclass(frozen=True)
class WaiverNews:
    """One word about one waiver to one reader: what (`14`, `3`, granted, refused, questioned, revoked), about whom."""

    waiver_id: int
    word: str
    is_mine: bool
    name: str
    until: date
    #: Who decided, and in which words.
    by: str = ""
    words: str = ""
    #: The lead in whose place a substitute decided.
    for_name: str = ""

    @property
    def ends(self) -> bool:
        """Whether it tells that a waiver ends."""
        return self.word.isdecimal()


WAIVERS = """
    SELECT waiver.id, waiver.person_id, person.name, waiver.until, coalesce(last.by, ''), coalesce(last.words, ''),
           coalesce(last.lead, '')
    FROM planning_waiver AS waiver JOIN people_user AS person ON person.id = waiver.person_id
    LEFT JOIN LATERAL (
        SELECT decider.name AS by, said.words, lead.name AS lead FROM planning_waiverdecision AS said
        JOIN people_user AS decider ON decider.id = said.by_id
        LEFT JOIN people_user AS lead ON lead.id = said.acted_for_id
        WHERE said.waiver_id = waiver.id AND said.verdict IN ('approved', 'questioned', 'refused', 'revoked')
        ORDER BY said.id DESC LIMIT 1
    ) AS last ON true
    WHERE waiver.id = ANY(%(waivers)s)
"""


def news(owed: Iterable[Obligation]) -> dict[int, WaiverNews]:
    """By reminder. Nothing is asked when none of them is about a waiver."""
    about = {each.id: each for each in owed if each.waiver_id is not None}
    if not about:
        return {}
    found = {pk: row for pk, *row in rows(WAIVERS, waivers=sorted({each.waiver_id or 0 for each in about.values()}))}
    return {
        pk: WaiverNews(each.waiver_id or 0, word_of(each.rung), each.person_id == person, name, *rest)
        for pk, each in about.items()
        for person, name, *rest in [found[each.waiver_id or 0]]
    }
