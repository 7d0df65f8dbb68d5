"""The plan of a seed and the account of a run, without a cluster."""

from __future__ import annotations

import itertools

from tests.chaos import campaigns, faults, rounds


def test_a_seed_stands_for_one_plan() -> None:
    first, again, other = (_first_hundred(seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_every_hundred_faults_hold_every_kind() -> None:
    kinds = {fault.kind for fault in faults.all_of()}

    assert {line.split(",")[0][5:] for line in _first_hundred(1)} == kinds


def test_an_account_is_clean_only_if_all_came_right() -> None:
    account = campaigns.Account()
    account.recoveries["helm SIGKILL"] += [3.0, 5.0]
    assert account.is_clean

    account.failures["helm SIGKILL"].append("not within 480 s")

    assert not account.is_clean
    assert account.injected == 3
    assert not campaigns.Account(lost=1).is_clean
    assert not campaigns.Account(unproven=1).is_clean
    assert not campaigns.Account(stuck=1).is_clean
    assert not campaigns.Account(orphans=1).is_clean


def test_the_table_tells_what_was_injected_and_what_recovered() -> None:
    account = campaigns.Account(acknowledged=7)
    account.recoveries["helm SIGKILL"] += [3.0, 5.0]
    account.failures["helm SIGKILL"].append("not within 480 s")

    table = list(account.lines())

    assert table[1].split() == ["helm", "SIGKILL", "3", "2", "4.0", "5.0"]
    assert "rows acknowledged 7, lost: 0" in table


def test_a_fault_that_hits_everybody_is_played_by_one_lane_at_a_time() -> None:
    kinds = [fault for fault in faults.all_of() if "operator SIGKILL" in fault.kind]
    campaign = campaigns.Campaign(rounds.plan(1, kinds), faults=3, say=lambda _: None)

    assert campaign._choose() is not None
    campaign._everybodys = True
    assert campaign._choose() is None


def _first_hundred(seed: int) -> list[str]:
    plan = rounds.plan(seed, faults.all_of())
    hundred = sum(fault.in_a_hundred for fault in faults.all_of())
    return [str(planned) for planned in itertools.islice(plan, hundred)]
