"""The landing zone: complete, immutable files of JSON lines, one folder per kind of record.

`zone` says what has landed and lands whole deliveries, `append` lands records as they arrive,
`bucket` keeps them in an object store. The whole contract: docs/reference/landing_zone.md
"""

from aisle.core.landing.zone import (
    KINDS,
    QUARANTINE,
    SAMPLE,
    SUFFIXES,
    delivery,
    has_landed,
    has_landed_from_a_shop,
    landed_files,
)

__all__ = [
    "KINDS",
    "QUARANTINE",
    "SAMPLE",
    "SUFFIXES",
    "delivery",
    "has_landed",
    "has_landed_from_a_shop",
    "landed_files",
]
