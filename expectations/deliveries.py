"""The raw border: what has to hold of the deliveries: their quality, their volume, their pace."""

from expectations.border import Occasion, TableCheck
from expectations.rules import CRITICAL, WARNING, never
from expectations.thresholds import Thresholds

LOOK_AT_QUARANTINE = "`aisle quarantine` lists them with reason and original text"


def deliveries(thresholds: Thresholds) -> TableCheck:
    """Return the rules on what load-raw could not read.

    Only the newest batch can stop a build: a corrected delivery is the way out of a bad one.
    """
    most = f"{thresholds.max_share_of_quarantined_rows:.0%}"
    return TableCheck(
        table="raw.batches",
        query="raw_batches.sql",
        keys=("batch_id", "rows_seen", "rows_quarantined", "commonest_reason", "original"),
        columns=("batch_id", "loaded_at", "rows_seen", "rows_quarantined"),
        unit="batches of the last week",
        when_empty="no batch has brought any row yet",
        rules=(
            never(
                "is_newest_and_broken",
                f"at most {most} of the newest batch could not be read and were quarantined",
                f"{LOOK_AT_QUARANTINE}; have the source mended, deliver the rows again as a new "
                "file and trigger load_raw, or raise max_share_of_quarantined_rows in "
                "expectations/thresholds.yaml if the rows can be done without",
            ),
            never(
                "has_quarantined_rows",
                "no row had to be quarantined",
                LOOK_AT_QUARANTINE,
                severity=WARNING,
            ),
        ),
    )


def volume(occasion: Occasion, thresholds: Thresholds) -> TableCheck:
    """Return the rule that much less than usual is noticed.

    It stops no build: a shop may close for a week or import half a week, and has to go on.
    """
    return TableCheck(
        table="raw.events",
        part="volume",
        query="raw_volume.sql",
        keys=("event", "period", "first_date", "last_date", "events", "usual_events"),
        unit="comparisons",
        when_empty="a comparison needs five weeks of history and a kind of event that usually "
        f"comes at least {thresholds.min_usual_events} times a week",
        rules=(
            never(
                "is_drop",
                "the newest complete day and week bring more than "
                f"{thresholds.min_share_of_usual_volume:.0%} of the usual events",
                "see whether the shop was closed; else the tracking or its delivery is broken: "
                "look at the collector and at what arrives in the landing zone",
                severity=_judged_by_a_person(occasion),
            ),
        ),
    )


def lag(occasion: Occasion, thresholds: Thresholds) -> TableCheck:
    """Return the rule that deliveries go on; "now" is the build's, never the machine's clock."""
    return TableCheck(
        table="raw.events",
        part="newest delivery",
        query="raw_lag.sql",
        keys=("newest_delivery_at", "now_at", "hours_without_delivery"),
        unit="deliveries",
        when_empty="there is no event yet",
        rules=(
            never(
                "is_stale",
                "the newest event was delivered at most "
                f"{thresholds.max_hours_without_delivery:g} hours before now",
                "see whether the sender still sends, then whether load_raw runs; a shop whose "
                "history was imported once wants AISLE_NOW=data",
                severity=_judged_by_a_person(occasion),
            ),
        ),
    )


def _judged_by_a_person(occasion: Occasion) -> str:
    return CRITICAL if occasion is Occasion.NIGHT else WARNING
