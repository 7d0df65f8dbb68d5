"""Backups on a schedule: what became of them, and whether they come when they are due. Pure.

A CronJob of the release takes them, also while no operator is at work. Nothing here proves anything
for a deletion: that is the receipt of the final backup alone (see receipts).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from mysql_operator import names
from mysql_operator.errors import OperatorError, SpecError
from mysql_operator.model import conditions, cron, receipts, retention
from mysql_operator.model.backup_spec import Backup
from mysql_operator.model.receipts import BackupSummary, Trigger
from mysql_operator.model.retention import Candidate, Rules
from mysql_operator.model.spec import MySQLSpec
from mysql_operator.model.status import ListedBackup, MySQLStatus, ScheduleStatus
from mysql_operator.reconcile import hook_jobs
from mysql_operator.reconcile.facts.observations import Instance, Job, JobState, Observed, Timetable

SCHEDULED = "Scheduled"
NOT_YET_LATE = timedelta(seconds=cron.LATE_SECONDS, minutes=5)
"""How long after its time a backup may still begin, and be seen to."""


@dataclass(frozen=True)
class Verdict:
    """Whether the backups come as the schedule says."""

    status: str
    reason: str
    message: str


@dataclass(frozen=True)
class Asked:
    """A schedule that the spec asks for: of the backups, or of the drills."""

    field: str
    schedule: str
    zone: str
    seed: str
    is_suspended: bool = False

    @property
    def resolved(self) -> str:
        """Its five fields."""
        return cron.resolved(self.schedule, self.seed)

    def parsed(self) -> cron.Schedule:
        """Read it.

        Raises:
            SpecError: ScheduleInvalid, TimeZoneUnknown; the message names the field.
        """
        try:
            return cron.parsed(self.resolved, self.zone)
        except SpecError as error:
            if error.reason != "ScheduleInvalid":
                raise
            raise SpecError(error.reason, f"{self.field}: {error.message}") from error


@dataclass(frozen=True)
class Ran:
    """What the CronJob of a schedule has done, as far as it can still be seen."""

    timetable: Timetable | None
    succeeded: Iterable[datetime] = ()
    failed: Iterable[datetime] = ()


def of_backups(instance: Instance) -> Asked | None:
    """The schedule of an object's backups."""
    asked = instance.spec.backup
    if asked is None or not asked.schedule:
        return None
    zone = asked.time_zone or cron.UTC_NAME
    return Asked("spec.backup.schedule", asked.schedule, zone, instance.uid, asked.suspend)


def of_drills(instance: Instance) -> Asked | None:
    """The schedule of an object's drills."""
    asked = instance.spec.backup
    if asked is None or not asked.drill.schedule:
        return None
    zone, seed = asked.time_zone or cron.UTC_NAME, cron.seed_of_drills(instance.uid)
    return Asked("spec.backup.drill.schedule", asked.drill.schedule, zone, seed)


def usable(instance: Instance) -> MySQLSpec:
    """Look for what the API server cannot see in a schedule; the spec to follow.

    Of a deleted object nothing is refused: no schedule may hold up its final backup.

    Raises:
        SpecError: ScheduleInvalid, TimeZoneUnknown.
    """
    spec, asked = instance.spec, instance.spec.backup
    if asked is None:
        return spec
    try:
        for schedule in (of_backups(instance), of_drills(instance)):
            if schedule is not None:
                schedule.parsed()
        _zone_of(asked)
    except SpecError:
        if instance.deleted is None:
            raise
        said = asked.model_dump(exclude_unset=True, exclude={"schedule", "time_zone", "drill"})
        return spec.model_copy(update={"backup": Backup.model_validate(said)})
    return spec


def recorded(observed: Observed) -> ScheduleStatus | None:
    """What is known of the backups on the schedule; None where there is no schedule."""
    known = observed.instance.status.backup_schedule
    ran = Ran(
        observed.timetable,
        _succeeded(observed),
        [hook_jobs.end_of(job, observed) for job in _failed(observed)],
    )
    return progressed(observed, of_backups(observed.instance), known, ran)


def progressed(
    observed: Observed, asked: Asked | None, known: ScheduleStatus | None, ran: Ran
) -> ScheduleStatus | None:
    """What is known of a schedule, with what has been done by it since."""
    if asked is None:
        return None
    try:
        schedule = asked.parsed()
    except SpecError:
        return known
    is_waiting = not asked.is_suspended and observed.instance.deleted is None
    before, table = known or ScheduleStatus(schedule="", time_zone=""), ran.timetable
    return ScheduleStatus(
        schedule=asked.resolved,
        time_zone=asked.zone,
        last_scheduled=_newest(before.last_scheduled, [table.last_scheduled] if table else []),
        last_succeeded=_newest(before.last_succeeded, ran.succeeded),
        last_failed=_newest(before.last_failed, ran.failed),
        next=_text(schedule.after(observed.now)) if is_waiting else None,
    )


def verdict(observed: Observed, status: MySQLStatus) -> Verdict | None:
    """Whether the backups come as the schedule says; None where there is none to keep to."""
    known, asked = status.backup_schedule, observed.instance.spec.backup
    if known is None or asked is None or observed.instance.deleted is not None:
        return None
    if asked.suspend:
        last = known.last_succeeded or "never"
        why = f"spec.backup.suspend is true; the last one on the schedule succeeded: {last}"
        return Verdict("Unknown", "BackupSuspended", why)
    if observed.schedule_trouble is not None:
        why = f"a backup on the schedule does not begin: {observed.schedule_trouble.message}"
        return Verdict("False", observed.schedule_trouble.reason, why)
    if known.last_failed and known.last_failed > (known.last_succeeded or ""):
        return _failing(observed)
    return _missed(observed, known) or Verdict("True", SCHEDULED, _all_is_well(known))


def plan(observed: Observed, files: list[ListedBackup]) -> list[ListedBackup]:
    """Say of each backup, the newest first, why the spec keeps it at the next one."""
    asked = observed.instance.spec.backup or Backup()
    try:
        zone = _zone_of(asked)
    except SpecError:
        return files
    rules = Rules(
        keep=asked.keep,
        keep_for=retention.age(asked.keep_for) if asked.keep_for else None,
        daily=asked.keep_every.daily,
        weekly=asked.keep_every.weekly,
        monthly=asked.keep_every.monthly,
        zone=zone,
        spared=observed.instance.spec.restore.from_ if observed.instance.spec.restore else "",
    )
    return _kept(files, rules)


def _kept(files: list[ListedBackup], rules: Rules) -> list[ListedBackup]:
    times = [_time(file.time) for file in files]
    known = [(file, time) for file, time in zip(files, times, strict=True) if time is not None]
    safety = Trigger.SAFETY
    candidates = [Candidate(it.file, time, it.trigger is safety) for it, time in known]
    moment = retention.at_next_backup(candidates)
    if moment is None:
        return files
    whys = retention.plan(candidates, rules, moment=moment)
    said = {one.name: ", ".join(why) for one, why in zip(candidates, whys, strict=True)}
    next_ = {one.name for one in retention.superseded(candidates, rules, moment=moment)}
    return [
        file.model_copy(update={"kept": said[file.file] or _until(file.file in next_)})
        if file.file in said
        else file
        for file in files
    ]


def _until(is_next: bool) -> str:
    return f"by no rule: {'the next backup' if is_next else 'one of the next backups'} removes it"


def of_this_object(observed: Observed) -> Iterable[Job]:
    """The Jobs of the schedule, but for those of an earlier object of this name."""
    uid = observed.instance.uid
    return (job for job in observed.scheduled_jobs if job.annotations.get(names.OBJECT_UID) == uid)


def _zone_of(asked: Backup) -> tzinfo:
    return cron.time_zone(asked.time_zone or cron.UTC_NAME)


def _newest(known: str | None, found: Iterable[datetime | None]) -> str | None:
    times = [*map(_text, found), known]
    return max((time for time in times if time), default=None)


def _text(time: datetime | None) -> str | None:
    return None if time is None else conditions.timestamp(time)


def _succeeded(observed: Observed) -> list[datetime]:
    """When those ended whose receipt can be read: without it, nobody knows what they left."""
    jobs = (job for job in of_this_object(observed) if job.state is JobState.SUCCEEDED)
    return [hook_jobs.end_of(job, observed) for job in jobs if _has_receipt(job)]


def _failed(observed: Observed) -> list[Job]:
    """Those that failed, or left no receipt. The pod of one that was recorded may be gone."""
    known = observed.instance.status.backup_schedule
    recorded_until = (known.last_succeeded if known else None) or ""
    return [
        job
        for job in of_this_object(observed)
        if job.state is JobState.FAILED
        or (
            job.state is JobState.SUCCEEDED
            and not _has_receipt(job)
            and conditions.timestamp(hook_jobs.end_of(job, observed)) > recorded_until
        )
    ]


def _has_receipt(job: Job) -> bool:
    try:
        receipts.parsed(BackupSummary, job.receipt)
    except OperatorError:
        return False
    return True


def _failing(observed: Observed) -> Verdict:
    """Why the last one failed: in the words of its Job, or as it was told while that was there."""
    job = max(_failed(observed), key=lambda job: hook_jobs.end_of(job, observed), default=None)
    before = conditions.find(observed.instance.status.conditions, conditions.BACKUPS_ON_SCHEDULE)
    if job is None and before is not None and before.status == "False":
        return Verdict("False", before.reason, before.message)
    if job is None:
        return Verdict("False", "Failed", "the last backup on the schedule failed")
    said = str(job.receipt.get("message") or f"it left no receipt ({job.why_failed or 'none'})")
    logs = f"kubectl logs -n {observed.instance.key.namespace} job/{job.name}"
    reason = str(job.receipt.get("reason") or receipts.RECEIPT_UNREADABLE)
    return Verdict("False", reason, f"the last backup on the schedule failed: {said}. {logs}")


def _missed(observed: Observed, known: ScheduleStatus) -> Verdict | None:
    due = missed(observed, known, observed.timetable)
    if due is None:
        return None
    key = observed.instance.key
    return Verdict(
        "False",
        "BackupMissed",
        f"the backup of {due} did not begin, and the next one is due at "
        f"{known.next}. Either an earlier backup still runs, or the cluster was down: "
        f"kubectl describe -n {key.namespace} cronjob/{names.backup_schedule(key.name)}",
    )


def missed(observed: Observed, known: ScheduleStatus, table: Timetable | None) -> str | None:
    """When something was due that has not begun, and does not begin any more."""
    due = cron.parsed(known.schedule, known.time_zone).until(observed.now - NOT_YET_LATE)
    if due is None or table is None or observed.release is None:
        return None
    if due < max(table.created, observed.release.modified):
        return None  # it may have been another schedule then
    if known.last_scheduled is not None and known.last_scheduled >= conditions.timestamp(due):
        return None
    return conditions.timestamp(due)


def _all_is_well(known: ScheduleStatus) -> str:
    if known.last_succeeded is None:
        return "No backup on the schedule has been due yet"
    return "Each backup that was due has been taken"


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "").astimezone(UTC)
    except ValueError:
        return None
