"""Which version of MySQL may take over the data files of which other. Pure.

mysqld itself refuses a hop too, but only once it was started on the files. `initialize.sh` has
the same steps for the data directory of an instance.
"""

from __future__ import annotations

from mysql_operator.agent.sql.sessions import Version
from mysql_operator.errors import OperatorError

STEPS = (Version(5, 7), Version(8, 0), Version(8, 4), Version(9, 7))
"""The series that no upgrade may skip."""


WRITE_AGAIN = "delete the object, which holds no data yet, and create it again"
"""The way out of an instance that holds nothing: another image cannot have its empty data."""


def is_downgrade(last: Version, new: Version) -> bool:
    """Whether a server is of an older series than the files are."""
    return new[:2] < last[:2]


def skipped(last: Version, new: Version) -> Version | None:
    """The series that an upgrade must go through first; none beyond the last step known here."""
    step = next((step for step in STEPS if step[:2] > last[:2]), None)
    return step if step is not None and new[:2] > step[:2] else None


def require_possible(last: Version, new: Version, write_again: str = WRITE_AGAIN) -> None:
    """Refuse a server that cannot read the files of a backup.

    Raises:
        OperatorError: DowngradeRefused, or UpgradeRefused with the series to go through first.
    """
    if is_downgrade(last, new):
        raise OperatorError(
            "DowngradeRefused",
            f"the backup is of MySQL {last.series}, and MySQL {new.series} of the image cannot "
            f"read its files; {_way_out(write_again, last)} or later",
        )
    step = skipped(last, new)
    if step is not None:
        raise OperatorError(
            "UpgradeRefused",
            f"MySQL {new.series} of the image does not take over files of {last.series}, which "
            f"the backup holds; {_way_out(write_again, step)} first, and upgrade it when it is "
            "Ready",
        )


def _way_out(write_again: str, version: Version) -> str:
    return f"nothing was restored: {write_again} with an image of MySQL {version.series}"
