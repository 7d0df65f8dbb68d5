"""Inject faults for as long as it takes, and print what they cost."""

from __future__ import annotations

import argparse
import re
import sys
import time

from tests.chaos import campaigns, faults, rounds
from tests.support import installing, nodes


def main() -> int:
    """Run all of it; the exit code tells whether everything came right."""
    options = _parser().parse_args()
    installing.require_cluster()
    if not nodes.is_reachable():
        raise SystemExit("faults can be injected only on the project's own local cluster")
    installing.install(installing.image())
    kinds = [fault for fault in faults.all_of() if re.search(options.only, fault.kind)]
    plan = rounds.plan(options.seed, kinds)
    began = time.monotonic()
    campaign = campaigns.Campaign(plan, faults=options.faults, say=_say)
    account = campaign.run(options.lanes)
    campaigns.count_stray_helms(account)
    _say(f"\nseed {options.seed}, {options.lanes} databases, {time.monotonic() - began:.0f} s")
    for line in account.lines():
        _say(line)
    return 0 if account.is_clean else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=200, help="how many (200)")
    parser.add_argument("--seed", type=int, default=1, help="another one hits other moments (1)")
    parser.add_argument("--lanes", type=int, default=3, help="databases side by side (3)")
    parser.add_argument("--only", default="", help="only kinds whose names match this pattern")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
