"""Judges again what lies in the quarantine, from which the private was taken when it came."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from aisle.collector.judging import Judge, judge
from aisle.collector.plan import load_plan
from aisle.collector.privacy import Privacy, configured_privacy
from aisle.core.settings import Settings

HASHED = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PrivacyAgain(Privacy):
    """The same privacy, for events that may have passed it: a hash is not hashed once more.

    Hashed twice, a user would be another one than in the events that landed at once.
    """

    def _hash(self, parent: dict[str, Any], name: str) -> None:
        value = parent[name]
        if not (isinstance(value, str) and HASHED.fullmatch(value)):
            super()._hash(parent, name)


def judge_again(settings: Settings) -> Callable[[bytes, str, datetime], bytes | str]:
    """Return what gives the line that lands for a quarantined event, or the reason why not."""
    privacy = configured_privacy(settings)
    kept = {one.name: getattr(privacy, one.name) for one in fields(Privacy)}
    again = Judge(load_plan(settings), PrivacyAgain(**kept))

    def judged(original: bytes, source: str, received_at: datetime) -> bytes | str:
        return judge(original, source, received_at, again)

    return judged
