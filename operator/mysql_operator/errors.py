"""What can go wrong, each with a reason for a condition and a sentence for a person.

`reason` is CamelCase and stable (people alert on it); `message` names the field or the object and
the way out. Neither may ever hold a secret: whoever raises one of these has cut its input first.
"""

from __future__ import annotations


class OperatorError(Exception):
    """A failure to report in a condition and an event."""

    def __init__(self, reason: str, message: str) -> None:
        """Keep the reason and the message."""
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


class SpecError(OperatorError):
    """The object asks for something that cannot be had; the next edit is what helps."""


class HelmError(OperatorError):
    """A helm command did not do what it was asked for."""


class KubeError(OperatorError):
    """The Kubernetes API refused, or did not answer."""

    LASTING = frozenset({"Forbidden", "Invalid", "BadRequest", "RequestEntityTooLarge"})

    @property
    def lasts(self) -> bool:
        """Whether a person has to do something; else trying again is all there is to do."""
        return self.reason in self.LASTING


class SettingsError(OperatorError):
    """The operator's own surroundings are not usable; it says so and ends."""
