"""Sizes of volumes, as users write them."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from mysql_operator.model.annotations import Cel, matches

QUANTITY = "^[1-9][0-9]*([.][0-9]+)?(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"
SMALLEST_VOLUME = "256Mi"

Quantity = Annotated[str, StringConstraints(max_length=20)]


def _is_size(expression: str) -> str:
    return f"{expression}.matches('{QUANTITY}')"


def volume_size(field: str) -> tuple[Cel, Cel]:
    """Rules for the size of a volume; only the first one speaks where it is no quantity."""
    return (
        matches(QUANTITY, f"{field} must be a size such as 10Gi or 500Mi"),
        Cel(
            f"!{_is_size('self')} || quantity(self).compareTo(quantity('{SMALLEST_VOLUME}')) >= 0",
            f"{field} must be at least {SMALLEST_VOLUME}, the size of an empty database",
        ),
    )
