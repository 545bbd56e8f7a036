"""The Assets through which the DAGs meet: whoever writes one starts whoever waits for it."""

from airflow.sdk import Asset

RAW = Asset("RAW", uri="aisle://raw")
MARTS = Asset("MARTS", uri="aisle://published/marts")
FEATURES = Asset("FEATURES", uri="aisle://feast/features")
DECISION = Asset("DECISION", uri="aisle://training/decision")
CHAMPION = Asset("CHAMPION", uri="aisle://registry/champion")
LISTS = Asset("LISTS", uri="aisle://recommendations/lists")
