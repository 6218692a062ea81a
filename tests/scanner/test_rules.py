from pathlib import Path

import pytest

from migration_planner.scanner.detectors import Detectors, shipped
from migration_planner.scanner.findings import Finding
from migration_planner.scanner.homes import scan_home
from migration_planner.scanner.lists import scan_list
from migration_planner.scanner.scanning import scan
from tests.scanner.cases import CASES, ELSEWHERE
from tests.scanner.conftest import NOW, write

KINDS = {rule.id: rule.kind for rule in shipped().rules.values()}


def test_every_rule_has_a_hit_and_a_near_miss() -> None:
    assert set(CASES) | ELSEWHERE == set(KINDS)
    assert all(case.hit and case.near and case.hit != case.near for case in CASES.values())


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_finds_its_miniature_and_not_the_near_miss(rule: str, tmp_path: Path, detectors: Detectors) -> None:
    case = CASES[rule]
    (tmp_path / "near").mkdir()
    hit = _found(rule, case.hit, tmp_path, detectors)
    near = _found(rule, case.near, tmp_path / "near", detectors)
    assert [found for found in hit if found.kind in case.classes], [found.rule for found in hit]
    assert not [found for found in near if found.kind in case.classes]


def _found(rule: str, tree: dict[str, str], root: Path, detectors: Detectors) -> list[Finding]:
    if KINDS[rule] == "name":
        report = scan_list(tree[""].splitlines(), detectors, now=NOW)
    elif KINDS[rule] == "home":
        report = scan_home(str(write(root / "home", tree)), detectors, now=NOW)
    else:
        report = scan(str(write(root / "tree", tree)), detectors, now=NOW)
    return [found for found in report.findings if found.rule == rule]
