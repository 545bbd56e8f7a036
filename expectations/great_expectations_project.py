"""The one door to Great Expectations: a project on disk, validation of a frame, Data Docs."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.data_context import FileDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations import Expectation

from expectations.front_page import write_front_page
from expectations.results import MAX_EXAMPLES

SITE = "local_site"  # the name of the site that a new project has
DATA_SOURCE = "warehouse"
RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": MAX_EXAMPLES}


@dataclass(frozen=True)
class Project:
    """A Great Expectations project that one check of one border runs in."""

    context: FileDataContext
    draft: Path  # where Data Docs are built before they replace the ones people read
    site: Path

    def validate(
        self, suite_name: str, frame: pd.DataFrame, rules: Sequence[Expectation]
    ) -> list[dict[str, Any]]:
        """Validate `frame` by `rules`; return one JSON-ready result per rule."""
        name = re.sub(r"[^A-Za-z0-9]+", "_", suite_name).strip("_")
        suite = self.context.suites.add(gx.ExpectationSuite(name, expectations=list(rules)))
        source = self.context.data_sources.pandas_default
        batches = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("rows")
        definition = self.context.validation_definitions.add(
            gx.ValidationDefinition(name=name, data=batches, suite=suite)
        )
        validated = definition.run(
            batch_parameters={"dataframe": frame}, result_format=RESULT_FORMAT
        )
        return [result.to_json_dict() for result in validated.results]

    def build_data_docs(self) -> Path:
        """Build Data Docs and put them in place of the last ones; return the first page."""
        self.context.build_data_docs()
        shutil.rmtree(self.site, ignore_errors=True)
        shutil.move(self.draft, self.site)
        write_front_page(self.site.parent)
        return self.site / "index.html"


def new_project(folder: Path, site: Path) -> Project:
    """Return a fresh project in `folder`; what an earlier check left there is removed.

    A project is never reused: a check killed while writing its configuration must not keep
    the next one from starting.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    draft = folder / "site"
    context = gx.get_context(mode="file", project_root_dir=str(folder))
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.update_data_docs_site(SITE, _site_config(draft))
    return Project(context, draft, site)


def _site_config(folder: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder),
        },
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
