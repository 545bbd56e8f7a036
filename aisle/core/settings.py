"""Typed settings of one workspace, read from `AISLE_…` variables (`.env.example` lists all)."""

import re
from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from aisle.core.online_store import require_address

REPOSITORY = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """What differs by environment. Build one at the edge (`Settings()`) and pass it down."""

    model_config = SettingsConfigDict(env_prefix="AISLE_", env_file=".env", extra="ignore")

    home: Path = Field(Path(".aisle"), description="Folder that holds all state of one workspace.")
    now: Literal["data", "wall"] = Field(
        "data", description="What 'now' means: the last event (data) or the machine's clock (wall)."
    )
    time_zone: str = Field(
        "UTC", description="Clocks that hours and weekdays are told by, such as Europe/Berlin."
    )
    landing_url: str = Field(
        "",
        pattern=r"^$|^[a-z0-9+]+://.+",
        description="Bucket that collectors land in, s3://bucket/prefix; empty: the folder.",
    )
    schedules: Literal["on", "off"] = Field(
        "off", description="Whether timed DAGs follow their timetable or wait to be triggered."
    )
    task_retries: int = Field(
        2, ge=0, le=10, description="Times Airflow tries a failed task again; `make run` never."
    )
    threads: int = Field(1, ge=1, le=64, description="Threads each training task may use.")
    lineup: str = Field(
        "default",
        min_length=1,
        description="Who competes in a training: a line-up of training/params.yaml, or `all`.",
    )
    warehouse_threads: int = Field(
        2, ge=1, le=64, description="Threads DuckDB may use in one process."
    )
    warehouse_memory: str = Field(
        "1GB", pattern=r"^\d+(\.\d+)?(MB|GB)$", description="Memory DuckDB may use in one process."
    )
    dbt_target: Literal["duckdb", "postgres"] = Field(
        "duckdb", description="Output of dbt_project/profiles.yml that transforms run on."
    )
    mlflow_uri: str = Field(
        "", description="MLflow tracking and registry address; empty means SQLite in the workspace."
    )
    tuning_storage: SecretStr = Field(
        SecretStr(""),
        description="Database that a search's workers share; empty: a file in the workspace.",
    )
    trials_at_once: int = Field(
        2, ge=1, le=1000, description="Trials of one tuning that Airflow runs at the same time."
    )
    serving_host: str = Field(
        "127.0.0.1", description="Address `aisle serve` listens on; 0.0.0.0 inside a container."
    )
    serving_port: int = Field(8000, ge=0, le=65535, description="Port of `make serve`.")
    mlflow_port: int = Field(5000, ge=0, le=65535, description="Port of `make mlflow`.")
    airflow_port: int = Field(
        8080, ge=0, le=65535, description="Port of Airflow's pages under `make ui`."
    )
    docs_port: int = Field(
        8081, ge=0, le=65535, description="Port of the start page, Data Docs and dbt docs."
    )
    collector_host: str = Field(
        "127.0.0.1", description="Address `aisle collect` listens on; 0.0.0.0 for other machines."
    )
    collector_port: int = Field(8010, ge=0, le=65535, description="Port of `make collect`.")
    collector_url: str = Field(
        "",
        pattern=r"^$|^https?://[^\s/]+",
        description="Address at which browsers reach the collector; empty: the one they asked.",
    )
    write_keys: SecretStr = Field(
        SecretStr(""), description="Who may send events: `source=key,source=key`."
    )
    server_sources: str = Field(
        "", description="Sources whose write keys only servers hold: `backend,billing`."
    )
    collector_drop_fields: str = Field(
        "", description="Fields of events that are never kept, `properties.email,traits.phone`."
    )
    collector_hash_fields: str = Field(
        "", description="Fields of events of which only a keyed hash is kept."
    )
    hash_key: SecretStr = Field(SecretStr(""), description="The secret of those hashes.")
    collector_ip: Literal["truncate", "drop", "keep"] = Field(
        "truncate", description="What is kept of a visitor's IP address."
    )
    online_store: SecretStr = Field(
        SecretStr(""),
        description="Redis that feature values are online in; empty or sqlite: in the workspace.",
    )
    text_encoder: str = Field(
        "wordllama",
        min_length=1,
        description="Encoder of items' texts: wordllama, tfidf, minilm, or weights.",
    )
    image_encoder: str = Field(
        "none",
        min_length=1,
        description="Encoder of items' pictures: none, resnet, efficientnet-lite0, or weights.",
    )
    image_folder: str = Field(
        "", description="Folder below which an `image_url` may be a file; empty: no files."
    )
    image_hosts: str = Field(
        "", description="Hosts from which pictures may be downloaded; empty: none."
    )
    sample_users: int = Field(
        0, ge=0, description="Households in the sample shop; 0 means all of them."
    )

    @field_validator("time_zone")
    @classmethod
    def _a_zone(cls, name: str) -> str:
        """Refuse what no database of time zones knows; it also becomes part of SQL."""
        if name not in available_timezones():
            raise ValueError(f"{name} is no time zone: name one such as Europe/Berlin, or UTC")
        return name

    @field_validator("landing_url")
    @classmethod
    def _a_bucket(cls, url: str) -> str:
        """Refuse a folder: what is put there that way is not synced to disk."""
        if url.startswith(("file:", "local:")):
            raise ValueError(f"{url} is a folder: leave it empty and set AISLE_HOME instead")
        return url

    @field_validator("online_store")
    @classmethod
    def _a_store(cls, address: SecretStr) -> SecretStr:
        """Refuse what is neither SQLite nor a Redis."""
        require_address(address.get_secret_value())
        return address

    @field_validator("home")
    @classmethod
    def _a_folder(cls, home: Path) -> Path:
        """Refuse a workspace that is a file, or would lie below one."""
        path = home.expanduser().absolute()
        there = next(place for place in (path, *path.parents) if place.exists())
        if not there.is_dir():
            raise ValueError(f"{there} is a file, and a workspace is a folder: name another place")
        return home

    @cached_property
    def root(self) -> Path:
        """The workspace folder as an absolute path."""
        return self.home.expanduser().resolve()

    @property
    def landing(self) -> Path:
        """Landing zone: `events/`, `products/`, `customers/` of JSON lines."""
        return self.root / "landing"

    @property
    def collector(self) -> Path:
        """What the collector keeps besides what lands: the workspace's own write key, its lock."""
        return self.root / "collector"

    @property
    def collector_lock(self) -> Path:
        """The file that running collectors of this folder hold locked together."""
        return self.collector / "lock"

    @property
    def tracking_plan(self) -> Path:
        """The shop's own tracking plan; written by people, so nothing of ours removes it."""
        return self.root / "tracking_plan.yaml"

    @property
    def importing(self) -> Path:
        """Where an import works: its lock, and its rows while it runs."""
        return self.root / "importing"

    @property
    def import_lock(self) -> Path:
        """The file that a running `aisle import` holds locked."""
        return self.importing / "lock"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file; only `load_raw` and `build_warehouse` open it for writing."""
        return self.root / "warehouse" / "aisle.duckdb"

    @property
    def builds(self) -> Path:
        """One folder per warehouse build: its plan, dbt's target and the check results."""
        return self.root / "builds"

    @property
    def published(self) -> Path:
        """Published marts: one folder per build and the pointer `current`."""
        return self.root / "published"

    @property
    def current_marts(self) -> Path:
        """The pointer to the marts everyone reads."""
        return self.published / "current"

    @property
    def feast(self) -> Path:
        """Feast's registry and online store."""
        return self.root / "feast"

    @property
    def embeddings(self) -> Path:
        """Published vectors of items: one folder per run, the pointer `current`, and the cache."""
        return self.root / "embeddings"

    @property
    def trainings(self) -> Path:
        """One folder per training: snapshot, rivals' results, decision."""
        return self.root / "training"

    @property
    def tunings(self) -> Path:
        """One folder per tuning: snapshot, plan, trials, findings."""
        return self.root / "tuning"

    @property
    def tuning_database(self) -> Path:
        """The SQLite file in which trials are shared where no other storage is set."""
        return self.root / "optuna" / "studies.db"

    @property
    def feature_selection(self) -> Path:
        """What the last `aisle features select` found: features.json, its table and picture."""
        return self.root / "feature_selection"

    @property
    def feature_proposals(self) -> Path:
        """What the last `aisle features propose` found, and entries for the grid of features."""
        return self.root / "feature_proposals"

    @property
    def feature_importance(self) -> Path:
        """What each version of the registered model loses without a feature: `<version>.json`."""
        return self.root / "feature_importance"

    @property
    def feature_catalogue(self) -> Path:
        """The page of all features; `aisle feature-catalogue` makes it."""
        return self.root / "feature_catalogue"

    @property
    def recommendations(self) -> Path:
        """Published lists: one folder per publication and the pointer `current`."""
        return self.root / "recommendations"

    @property
    def mlflow(self) -> Path:
        """MLflow's database and artifacts."""
        return self.root / "mlflow"

    @property
    def mlflow_database(self) -> Path:
        """MLflow's SQLite file; the first training makes it."""
        return self.mlflow / "mlflow.db"

    @property
    def data_docs(self) -> Path:
        """Great Expectations' Data Docs site."""
        return self.root / "data_docs"

    @property
    def dbt_docs(self) -> Path:
        """dbt's documentation site; `aisle dbt-docs` makes it."""
        return self.root / "dbt_docs"

    @property
    def airflow(self) -> Path:
        """`AIRFLOW_HOME` of the Airflow that `make run` or `make ui` starts."""
        return self.root / "airflow"

    @property
    def tracking_uri(self) -> str:
        """Address of MLflow tracking and registry."""
        return self.mlflow_uri or f"sqlite:///{self.mlflow_database}"

    @property
    def tracking_address(self) -> str:
        """The same for people and logs: without the name and the password that it may hold."""
        return re.sub(r"^([^:/]+://)[^/]*@", r"\1", self.tracking_uri)
