"""How fast mail may go: token buckets in the database, on its clock, shared by every sender of the installation.

A bucket holds what may go at once and refills at the pace of its limit. It is small, so that no burst comes after a quiet
hour and any ten minutes stay within two per cent of the limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from migration_planner.reminders.statements import rows, run

ACCOUNT = ""
#: So much of a limit may go at once. Senders look again far sooner than this.
BURST_SECONDS = 0.5

#: A new bucket is full. Its row is locked until the claim is committed, so that two senders never spend the same token.
OPEN = """
    INSERT INTO reminders_allowance (domain, "left", at) SELECT domain, burst, clock_timestamp()
    FROM unnest(%(domains)s::text[], %(bursts)s::float[]) AS opened(domain, burst) ON CONFLICT (domain) DO NOTHING
"""
#: What each bucket holds now, in the order in which everybody locks them.
HOLD = """
    SELECT bucket.domain, least(known.burst, bucket."left" + known.pace *
                            greatest(extract(epoch FROM clock_timestamp() - bucket.at), 0))::float
    FROM reminders_allowance AS bucket
    JOIN unnest(%(domains)s::text[], %(bursts)s::float[], %(paces)s::float[]) AS known(domain, burst, pace) USING (domain)
    ORDER BY bucket.domain FOR UPDATE OF bucket
"""
SPEND = """
    UPDATE reminders_allowance AS bucket SET "left" = spent."left", at = clock_timestamp()
    FROM unnest(%(domains)s::text[], %(lefts)s::float[]) AS spent(domain, "left") WHERE spent.domain = bucket.domain
"""


@dataclass(frozen=True)
class Limits:
    """Mails a minute: over the account, to certain domains, and to every other domain alone. 0 is no limit."""

    account: int = 0
    domains: Mapping[str, int] | None = None
    #: And in any 24 hours, over the account.
    per_day: int = 0

    @classmethod
    def of_installation(cls) -> "Limits":
        return cls(settings.MAIL_PER_MINUTE, settings.MAIL_DOMAIN_LIMITS, settings.MAIL_PER_DAY)

    @property
    def any(self) -> bool:
        return bool(self.account or self.domains)

    def per_minute(self, domain: str) -> int:
        if domain == ACCOUNT:
            return self.account
        known = self.domains or {}
        return known.get(domain, known.get("*", 0))


def grant(wanted: Mapping[str, int], limits: Limits, *, most: int | None = None) -> dict[str, int]:
    """Spend tokens: of the mails `wanted` to each domain, how many may go now. The caller's transaction holds the buckets.

    No more than `most` in all, if that is given. The account's tokens go to the domains in their order. Domains without a
    limit are bound by the account's alone.
    """
    names = [domain for domain in (ACCOUNT, *sorted(wanted)) if limits.per_minute(domain)]
    held = _hold(names, limits) if names else {}
    left_of_account = int(held[ACCOUNT]) if ACCOUNT in held else sum(wanted.values())
    left_of_account = left_of_account if most is None else min(left_of_account, most)
    granted = {}
    for domain, mails in wanted.items():
        granted[domain] = min(mails, left_of_account, int(held[domain]) if domain in held else mails)
        left_of_account -= granted[domain]
    spent = {ACCOUNT: sum(granted.values()), **granted}
    _spend({name: held[name] - spent[name] for name in names})
    return granted


def exhausted(limits: Limits) -> list[str]:
    """Domains that may get no mail at this moment; a claim passes them over, so that they hold up nobody else."""
    if not limits.domains:
        return []
    known = rows('SELECT domain, "left", extract(epoch FROM clock_timestamp() - at)::float FROM reminders_allowance')
    paces = {domain: limits.per_minute(domain) / 60 for domain, _left, _age in known}
    return [domain for domain, left, age in known if domain and paces[domain] and left + paces[domain] * age < 1]


def _hold(names: list[str], limits: Limits) -> dict[str, float]:
    per_minute = [limits.per_minute(name) for name in names]
    buckets = {"domains": names, "bursts": [_burst(each) for each in per_minute]}
    run(OPEN, **buckets)
    return dict(rows(HOLD, **buckets, paces=[each / 60 for each in per_minute]))


def _spend(lefts: Mapping[str, float]) -> None:
    if lefts:
        run(SPEND, domains=list(lefts), lefts=list(lefts.values()))


def _burst(per_minute: int) -> float:
    return max(1.0, per_minute / 60 * BURST_SECONDS)
