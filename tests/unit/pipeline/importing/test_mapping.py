from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from aisle.core.settings import REPOSITORY
from aisle.pipeline.importing.mapping import KindMapping, Mapping, read_mapping


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("event: {}", "event: no such key; known here: events, products, customers"),
        ("events: {column: {}}", "events.column: no such key; known here: columns, constants"),
        ("events: {columns: {sku: x}}", "sku is no column of ours; they are"),
        ("events: {time_zone: Mars/Base}", "events.time_zone: no time zone of this name"),
        ("events: {timestamp_format: iso}", "events.timestamp_format: use one of day_first"),
        ("events: {encoding: klingon}", "events.encoding: Python knows no such encoding"),
        ("events: {delimiter: '::'}", "events.delimiter: String should have at most 1 character"),
        ("events: [", "is no YAML"),
        ("just text", "cannot be used"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where_and_what_is_known(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(AisleError) as caught:
        read_mapping(path)
    assert message in str(caught.value)


def test_no_mapping_and_an_empty_one_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("# nothing yet\n")
    assert read_mapping(tmp_path / "m.yaml") == read_mapping(None) == Mapping()
    with pytest.raises(AisleError, match="cannot be read"):
        read_mapping(tmp_path / "absent.yaml")


def test_the_docs_name_every_key() -> None:
    page = (REPOSITORY / "docs/reference/import.md").read_text()
    assert {key for key in KindMapping.model_fields if f"`{key}`" not in page} == set()
