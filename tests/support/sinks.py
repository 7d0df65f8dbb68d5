"""Where tests let a dump go."""

from __future__ import annotations

import io


class Memory(io.BytesIO):
    """Keeps it, and keeps nobody waiting."""

    def abandon(self) -> None:
        """Do nothing."""
