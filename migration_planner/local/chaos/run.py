"""All scenarios, each at a size that shows what it is about within minutes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from migration_planner.local.chaos import brokers, races, scenarios, throughput
from migration_planner.local.chaos.counting import Result
from migration_planner.local.chaos.scenarios import Scale
from migration_planner.local.chaos.world import World


@dataclass(frozen=True)
class Scenario:
    act: Callable[[World, Scale], Result]
    #: What part of all people take part: those that wait much, or show it with few, have fewer.
    share: float = 1.0


SCENARIOS = {
    "throughput": Scenario(throughput.one_process, 0.25),
    "still": Scenario(scenarios.still),
    "kills": Scenario(scenarios.kills),
    "crashes": Scenario(scenarios.crashes),
    "cut-retry": Scenario(scenarios.cut_retry),
    "cut-hold": Scenario(scenarios.cut_hold),
    "completions": Scenario(races.completions),
    "deferrals": Scenario(scenarios.deferrals, 0.25),
    "domains": Scenario(races.domains, 0.25),
    "stalls": Scenario(races.stalls, 0.25),
    "terms": Scenario(scenarios.terms, 0.5),
    "beats": Scenario(races.beats, 0.1),
    "wrong-clock": Scenario(races.wrong_clock, 0.1),
    "read-only": Scenario(races.read_only, 0.1),
    "refused": Scenario(races.refused, 0.1),
    "rescue": Scenario(races.rescue, 0.02),
    "silence": Scenario(races.silence, 0.02),
    "redis": Scenario(brokers.redis, 0.5),
    "postgres-broker": Scenario(brokers.postgres, 0.25),
}


def scenarios_of(names: Iterable[str], people: int, seed: int) -> Iterator[tuple[Scenario, Scale]]:
    for name in names:
        scenario = SCENARIOS[name]
        yield scenario, Scale(max(int(people * scenario.share), 100), seed=seed)


def run(names: Iterable[str], people: int, seed: int) -> Iterator[Result]:
    """Each scenario's figures, as they come."""
    with World() as world:
        for scenario, scale in scenarios_of(names, people, seed):
            yield scenario.act(world, scale)
