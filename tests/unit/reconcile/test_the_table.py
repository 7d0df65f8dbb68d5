"""Every combination of answers has its step, and no combination has one that loses data.

The oracle here knows the rules that stand above the table, and calls none of what is tested.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any, NamedTuple, get_type_hints

import pytest

from mysql_operator.reconcile import deciding
from mysql_operator.reconcile.situations import (
    BackOff,
    BackupClaim,
    BackupWay,
    BeingDeleted,
    Change,
    CommandState,
    Copy,
    Database,
    DataClaim,
    Hold,
    Hooks,
    LeftJobs,
    Leftovers,
    Living,
    Namespace,
    Proof,
    ReleaseState,
    ServerState,
    Spec,
)
from mysql_operator.reconcile.steps import Step
from tests.unit.charts.helm import ROOT

ORDINARY_LIFE = Living(
    hold=Hold.HELD,
    command=CommandState.NONE,
    release=ReleaseState.AS_ASKED,
    spec=Spec.FOLLOWED,
    copy=Copy.CURRENT,
    change=Change.NONE,
    database=Database.COMPLETE,
    data_claim=DataClaim.OURS,
    backup_claim=BackupClaim.THERE,
    server=ServerState.READY,
    back_off=BackOff.OVER,
)
ORDINARY_END = BeingDeleted(
    hold=Hold.HELD,
    command=CommandState.NONE,
    release=ReleaseState.AS_ASKED,
    spec=Spec.FOLLOWED,
    namespace=Namespace.STAYS,
    proof=Proof.MISSING,
    data_claim=DataClaim.OURS,
    backup_claim=BackupClaim.THERE,
    left_jobs=LeftJobs.NONE,
    way=BackupWay.POSSIBLE,
    back_off=BackOff.OVER,
    leftovers=Leftovers.SOME,
)

LOSE_DATA = {Step.DELETE_DATA_CLAIM}
END_THE_RELEASE = {Step.UNINSTALL, Step.UNINSTALL_WITH_BACKUP}
LET_GO = {Step.DROP_FINALIZER, Step.DELETE_LEFTOVERS, Step.DELETE_EMPTY_BACKUP_CLAIM}
RUN_HELM = {Step.INSTALL, Step.UPGRADE, Step.REINSTALL, Step.REPAIR, *END_THE_RELEASE}
COMMAND_RUNS = {Step.WAIT_FOR_COMMAND, Step.CANCEL, Step.CANCEL_AS_FAILED}

BUSY = {ReleaseState.PENDING_BUSY, ReleaseState.UNINSTALLING_BUSY}
NOT_OURS = {ReleaseState.FOREIGN, ReleaseState.UNREADABLE_FOREIGN}
UNPROVEN = {Proof.MISSING, Proof.RUNNING}


def combinations(column: Any, **settled: list[enum.Enum]) -> Iterator[Any]:
    """All combinations of answers to the questions of a column."""
    answers = get_type_hints(column)
    asked = [settled.get(name, list(answers[name])) for name in column._fields]
    return map(column._make, product(*asked))


FREE = {"hooks": [Hooks.FREE]}


def lives() -> Iterator[Living]:
    """All that may be answered of a living object, but for names that somebody else has."""
    return combinations(Living, **FREE)


def ends() -> Iterator[BeingDeleted]:
    """The same of a deleted object.

    What comes before all else, who holds it and what runs for it, is combined with fewer answers to
    the questions that are not asked then.
    """
    at_once = {"hold": [Hold.HELD], "command": [CommandState.NONE]}
    yield from combinations(BeingDeleted, **FREE, **at_once)
    fewer = {"left_jobs": [LeftJobs.NONE], "backup_claim": [BackupClaim.THERE]}
    for it in combinations(BeingDeleted, **FREE, **fewer):
        if it.hold is Hold.NOT_HELD or it.command is not CommandState.NONE:
            yield it


# What holds over all combinations.


class Rule(NamedTuple):
    """Steps that are forbidden but where something is true."""

    steps: set[Step]
    allowed: Callable[[Any], bool]


def never(_: Any) -> bool:
    return False


def may_go(it: BeingDeleted) -> bool:
    """Whether a release or an object may go: by a proof, or with its whole namespace."""
    return it.proof not in UNPROVEN or it.namespace is Namespace.ENDS


def has_its_data(it: Living) -> bool:
    goes = {DataClaim.ABSENT, DataClaim.GOING, DataClaim.STUCK}
    return it.database is Database.NEVER_COMPLETE or it.data_claim not in goes


LIVES = {
    "a living object loses nothing": Rule(LOSE_DATA | END_THE_RELEASE | LET_GO, never),
    "nothing ends a server that alone holds the data": Rule(
        {Step.UPGRADE, Step.UNLOCK}, has_its_data
    ),
    "no install is put over a claim that goes": Rule(
        {Step.INSTALL}, lambda it: it.data_claim not in {DataClaim.GOING, DataClaim.STUCK}
    ),
    "nobody's own helm command is cut off": Rule(
        RUN_HELM | {Step.UNLOCK}, lambda it: it.release not in BUSY
    ),
    "an object that is not held is held first": Rule(
        set(Step) - {Step.ADD_FINALIZER}, lambda it: it.hold is Hold.HELD
    ),
    "what is at rest is as asked": Rule(
        {Step.NOTHING},
        lambda it: (
            (it.release, it.change, it.server)
            == (ReleaseState.AS_ASKED, Change.NONE, ServerState.READY)
        ),
    ),
}
ENDS = {
    "the data claim goes only on a proof or where none is needed": Rule(
        LOSE_DATA, lambda it: it.proof not in UNPROVEN
    ),
    "only a data claim of ours goes, and after its release": Rule(
        LOSE_DATA,
        lambda it: (it.data_claim, it.release) == (DataClaim.OURS, ReleaseState.ABSENT),
    ),
    "no release goes without a proof": Rule({Step.UNINSTALL}, may_go),
    "no object goes without a proof": Rule(
        LET_GO, lambda it: may_go(it) or it.release is ReleaseState.FOREIGN
    ),
    "no backup begins beside a Job that may lift its fence": Rule(
        {Step.UNINSTALL_WITH_BACKUP}, lambda it: it.left_jobs is LeftJobs.NONE
    ),
    "no backup begins beside another": Rule(
        {Step.UNINSTALL_WITH_BACKUP}, lambda it: it.proof is Proof.MISSING
    ),
    "no backup is taken to a claim that goes": Rule(
        {Step.UNINSTALL_WITH_BACKUP},
        lambda it: it.backup_claim not in {BackupClaim.GOING, BackupClaim.EMPTY_GOING},
    ),
    "no repair ends a server that alone holds the data": Rule(
        {Step.REPAIR}, lambda it: it.way is not BackupWay.WOULD_LOSE_DATA
    ),
    "only an empty backup claim is deleted": Rule(
        {Step.DELETE_EMPTY_BACKUP_CLAIM}, lambda it: it.backup_claim is BackupClaim.EMPTY
    ),
    "a wrong spec holds up only a deletion that needs a server": Rule(
        {Step.REFUSE_SPEC}, lambda it: it.proof in UNPROVEN
    ),
    "nobody's own helm command is cut off": Rule(
        RUN_HELM | {Step.UNLOCK}, lambda it: it.release is not ReleaseState.PENDING_BUSY
    ),
    "nothing is done for an object that was let go": Rule(
        set(Step) - {Step.NOTHING}, lambda it: it.hold is Hold.HELD
    ),
}
BOTH = {
    "nothing is done beside a helm command that runs": Rule(
        set(Step) - COMMAND_RUNS,
        lambda it: it.command is CommandState.NONE or it.hold is Hold.NOT_HELD,
    ),
    "helm leaves alone what is not the operator's": Rule(
        RUN_HELM | {Step.UNLOCK, Step.DELETE_DAMAGED_REVISION, Step.DELETE_REFUSED_REVISION},
        lambda it: it.release not in NOT_OURS,
    ),
    "no attempt begins before its back-off is over": Rule(
        RUN_HELM - {Step.UNINSTALL}, lambda it: it.back_off is BackOff.OVER
    ),
    "helm makes a revision only from a spec that can be followed": Rule(
        RUN_HELM - END_THE_RELEASE, lambda it: it.spec is Spec.FOLLOWED
    ),
}


class Walk(NamedTuple):
    """What was met on the way through all combinations of a column."""

    firsts: dict[Step, Any]
    """The first combination that led to each step."""
    breaches: dict[str, Any]
    """The first combination that broke each rule that was broken."""


@cache
def walked(column: str) -> Walk:
    every, rules = (lives(), LIVES) if column == "alive" else (ends(), ENDS)
    of_step = {
        step: [(name, rule) for name, rule in {**rules, **BOTH}.items() if step in rule.steps]
        for step in Step
    }
    walk = Walk({}, {})
    for it in every:
        step = deciding.decide(it)
        walk.firsts.setdefault(step, it)
        for name, rule in of_step[step]:
            if not rule.allowed(it):
                walk.breaches.setdefault(name, it)
    return walk


@pytest.mark.parametrize("rule", [*LIVES, *BOTH])
def test_while_it_lives(rule: str) -> None:
    assert walked("alive").breaches.get(rule) is None


@pytest.mark.parametrize("rule", [*ENDS, *BOTH])
def test_once_it_is_being_deleted(rule: str) -> None:
    assert walked("deleted").breaches.get(rule) is None


def firsts() -> list[tuple[Step, Any]]:
    return [it for column in ("alive", "deleted") for it in walked(column).firsts.items()]


def test_every_step_is_reached() -> None:
    reached = {deciding.decide(it._replace(hooks=hooks)) for _, it in firsts() for hooks in Hooks}

    assert reached == set(Step)


def test_helm_runs_no_hook_in_place_of_what_somebody_else_has() -> None:
    for step, it in firsts():
        taken = deciding.decide(it._replace(hooks=Hooks.TAKEN))
        backup_taken = deciding.decide(it._replace(hooks=Hooks.BACKUP_TAKEN))

        if step in RUN_HELM - END_THE_RELEASE:
            assert {taken, backup_taken} == {Step.REFUSE_HOOKS_TAKEN}
        elif step is Step.UNINSTALL_WITH_BACKUP:
            assert (taken, backup_taken) == (step, Step.REFUSE_BACKUP_HOOK_TAKEN)
        else:
            assert {taken, backup_taken} == {step}


def test_a_table_that_lost_data_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "decide", lambda it: Step.DELETE_DATA_CLAIM)

    breaches = walked.__wrapped__("deleted").breaches

    assert "the data claim goes only on a proof or where none is needed" in breaches


# The page that shows the table.

PAGE = (ROOT / "docs/lifecycle.md").read_text()


def rows_under(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    after = PAGE.split(f"\n## {heading}\n", 1)[1]
    lines = re.findall(r"^\|(.+)\|$", after.split("\n## ", 1)[0], re.MULTILINE)
    return [[cell.strip() for cell in line.split(" | ")] for line in lines[2:]]


def steps_in(cell: str) -> set[str]:
    """The steps that a cell names: they stand in bold."""
    return set(re.findall(r"\*\*(.+?)\*\*", cell))


def led_to(ordinary: Any, **asked: list[enum.Enum]) -> set[str]:
    """The words of the steps that the answers lead to, all other things being ordinary."""
    combinations = product(*asked.values())
    every = (ordinary._replace(**dict(zip(asked, it, strict=True))) for it in combinations)
    return {deciding.decide(it).value for it in every}


TABLE = rows_under("What the operator does")
LIFE = {"change": list(Change), "server": list(ServerState), "back_off": list(BackOff)}
BIRTH = {"data_claim": list(DataClaim), "backup_claim": list(BackupClaim)}
END = {
    "proof": list(Proof),
    "back_off": list(BackOff),
    "way": list(BackupWay),
    "data_claim": list(DataClaim),
    "leftovers": list(Leftovers),
    "backup_claim": [BackupClaim.THERE, BackupClaim.EMPTY],
}


def test_the_page_has_a_row_for_each_state_of_a_release() -> None:
    assert [cells[0] for cells in TABLE] == [state.value for state in ReleaseState]


@pytest.mark.parametrize(
    ("state", "cells"),
    [*zip(ReleaseState, TABLE, strict=False)][1:],
    ids=[state.name for state in ReleaseState][1:],
)
def test_a_row_of_the_page_names_the_steps_of_its_row_in_the_code(
    state: ReleaseState, cells: list[str]
) -> None:
    _, alive, deleted = cells

    assert led_to(ORDINARY_LIFE._replace(release=state), **LIFE) == steps_in(alive)
    assert led_to(ORDINARY_END._replace(release=state), **END) == steps_in(deleted)


def test_the_first_row_of_the_page_is_of_an_object_without_a_release() -> None:
    _, alive, deleted = TABLE[0]
    unborn = ORDINARY_LIFE._replace(
        release=ReleaseState.ABSENT, database=Database.NEVER_COMPLETE, server=ServerState.LATE
    )
    without = ORDINARY_END._replace(release=ReleaseState.ABSENT)
    no_pod = {**END, "way": [BackupWay.AFTER_REPAIR]}

    assert led_to(unborn, **BIRTH, **LIFE) == steps_in(alive)
    assert led_to(without, **no_pod) == steps_in(deleted)


def test_the_page_says_in_its_order_what_comes_before_the_table() -> None:
    first = [steps_in(cell) for _, cell in rows_under("What comes first")]

    assert [sorted(steps) for steps in first] == [sorted(it) for it in what_comes_first()]


def what_comes_first() -> list[set[str]]:
    every = {"release": [ReleaseState.OUTDATED], "back_off": [BackOff.OVER]}
    life, end = ORDINARY_LIFE, ORDINARY_END
    command = {"command": [it for it in CommandState if it is not CommandState.NONE]}
    lost = [DataClaim.ABSENT, DataClaim.GOING, DataClaim.STUCK]
    leftovers = [it for it in LeftJobs if it is not LeftJobs.NONE]
    going = [BackupClaim.GOING, BackupClaim.EMPTY_GOING]
    return [
        led_to(life, hold=[Hold.NOT_HELD], **every),
        led_to(life, **command) | led_to(end, **command),
        led_to(life, spec=[Spec.UNFOLLOWABLE], **every)
        | led_to(end, spec=[Spec.UNFOLLOWABLE], way=[BackupWay.AFTER_REPAIR]),
        led_to(life, copy=[Copy.TO_WRITE], **every),
        led_to(life, data_claim=lost, **every),
        led_to(end, left_jobs=leftovers),
        led_to(end, backup_claim=going),
        led_to(life, hooks=[Hooks.TAKEN], **every) | led_to(end, hooks=[Hooks.BACKUP_TAKEN]),
    ]


def test_the_page_names_every_step() -> None:
    cells = [cell for row in [*TABLE, *rows_under("What comes first")] for cell in row[1:]]

    assert set().union(*map(steps_in, cells)) == {step.value for step in Step}
