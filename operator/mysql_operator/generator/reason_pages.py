"""Makes docs/reasons.md from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from mysql_operator.generator.marks import mark
from mysql_operator.model.reasons.entry import Reason, Section

HEAD = """\
# Reasons

What each reason means, what it costs, and what to do. The column REASON of `kubectl get ms` shows
the reason of an object, `kubectl describe ms NAME` its message, which names the field, the object
or the Job, and the way out. [status.md](status.md) explains conditions and phases.
"""


def page(sections: tuple[Section, ...]) -> str:
    """Text of the page: a section for each subject, a heading for each reason to link to."""
    return "\n".join([f"<!-- {mark('model/reasons/')} -->\n", HEAD, *map(_section, sections)])


def _section(section: Section) -> str:
    introduction = [f"{section.introduction}\n"] if section.introduction else []
    entries = (line for reason in section.reasons for line in _entry(reason))
    return "\n".join([f"## {section.title}\n", *introduction, *entries])


def _entry(reason: Reason) -> Iterator[str]:
    yield f"### {reason.name}\n"
    yield f"{reason.meaning}\n"
    yield f"- **Impact:** {reason.impact}"
    yield f"- **What to do:** {reason.action}"
    if reason.may_pass:
        yield "- **Stalls the object** only if it lasts: it often passes by itself."
    yield f"- **Shows in** {reason.shown}.\n"
