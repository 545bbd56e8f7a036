"""The one door to Great Expectations: validation of a frame, and Data Docs of all validations."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations import Expectation

from expectations.border import suite_name
from expectations.results import MAX_EXAMPLES

SITE = "local_site"
RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": MAX_EXAMPLES}


@dataclass(frozen=True)
class Validation:
    """One check of one border. What it keeps are its results and its pages, no project on disk."""

    context: EphemeralDataContext

    def validate(
        self, label: str, frame: pd.DataFrame, rules: Sequence[Expectation]
    ) -> list[dict[str, Any]]:
        """Validate `frame` by `rules`; return one JSON-ready result per rule."""
        name = suite_name(label)
        suite = self.context.suites.add(
            gx.ExpectationSuite(name, expectations=[copy(rule) for rule in rules])
        )
        source = self.context.data_sources.pandas_default
        batches = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("rows")
        definition = self.context.validation_definitions.add(
            gx.ValidationDefinition(name=name, data=batches, suite=suite)
        )
        validated = definition.run(
            batch_parameters={"dataframe": frame}, result_format=RESULT_FORMAT
        )
        return [result.to_json_dict() for result in validated.results]

    def build_data_docs(self) -> None:
        """Write the pages of everything validated so far."""
        self.context.build_data_docs()


def new_validation(site: Path) -> Validation:
    """Return a check that has validated nothing yet and will write its pages into `site`."""
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        data_docs_sites={SITE: _site_config(site)},
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return Validation(gx.get_context(mode="ephemeral", project_config=config))


def _site_config(folder: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder),
        },
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
