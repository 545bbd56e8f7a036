"""One scenario for each row of docs/reference/bad_input.md: it prepares, runs, returns the end."""

import gzip
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient

from aisle.core.settings import Settings
from aisle.runner.lock import AIRFLOW_LOCK, RUN_LOCK, held
from aisle.serving.app import create_app
from tests.integration.bad_input_shop import (
    BadInputShop,
    Outcome,
    cut,
    damaged,
    own_modules,
    run_command,
    tree,
)
from training.gate_rules import RULES, load_rules
from training.recipes import PARAMS, load_lineup
from training.tracking import open_tracker
from training.versions import CHAMPION, point_alias

Scenario = Callable[[BadInputShop], Outcome]
SCENARIOS: dict[str, Scenario] = {}

HEADER = "user_id,item_id,timestamp\n"
GOOD = HEADER + "u,i,2024-01-01\n"
LANDED = (
    '{"message_id": "m1", "type": "track", "event": "Order Completed", "user_id": "u", '
    '"timestamp": "2024-01-01T00:00:00Z", '
    '"properties": {"order_id": "o", "products": [{"product_id": "p"}]}}\n'
)
RUNS = "mlflow.db"  # where a training that fails is marked as failed
NOT_WRITABLE = "/sys/aisle"  # nobody may make a folder there, root included
SMALL_DISK_BYTES = 1 << 20
HOLD_WAREHOUSE = (
    "import duckdb, sys; connection = duckdb.connect(sys.argv[1]); print(flush=True); input()"
)


def row(key: str) -> Callable[[Scenario], Scenario]:
    """Name the row that a scenario belongs to."""

    def name(scenario: Scenario) -> Scenario:
        SCENARIOS[key] = scenario
        return scenario

    return name


# Files that are imported: (name, content), each given as --events to a new workspace.
IMPORTED = {
    "empty-file": ("orders.csv", b""),
    "header-only": ("orders.csv", HEADER.encode()),
    "workbook-named-csv": ("orders.csv", b"PK\x03\x04 a workbook"),
    "page-named-csv": ("orders.csv", b"<!DOCTYPE html><p>Log in</p>"),
    "text-named-parquet": ("orders.parquet", GOOD.encode()),
    "text-named-gz": ("orders.csv.gz", GOOD.encode()),
    "cut-off-gz": ("orders.csv.gz", cut(gzip.compress(GOOD.encode() * 99))),
    "cut-off-parquet": ("orders.parquet", b"PAR1 and no more"),
    "missing-column": ("orders.csv", b"user_id,timestamp\nu,2024-01-01\n"),
    "ambiguous-dates": ("orders.csv", HEADER.encode() + b"u,i,03/04/2024\n"),
    "open-quote": ("orders.csv", HEADER.encode() + b'u,"i,2024-01-01\nv,j,2024-01-01\n'),
    "no-usable-row": ("orders.csv", HEADER.encode() + b",i,2024-01-01\n"),
}


def _import(shop: BadInputShop, name: str, content: bytes) -> Outcome:
    return shop.run("import", "--events", shop.file(name, content), home=shop.new_home())


for _key, (_name, _content) in IMPORTED.items():
    SCENARIOS[_key] = partial(_import, name=_name, content=_content)

MAPPINGS = {
    "unknown-mapping-key": "events:\n  colums: {user_id: Kunde}\n",
    "broken-mapping": "events: [\n",
    "mapping-without-keys": "- user_id\n",
}


def _map(shop: BadInputShop, content: str) -> Outcome:
    files = shop.file("orders.csv", GOOD), shop.file("shop.yaml", content)
    words = ("--events", files[0], "--mapping", files[1])
    return shop.run("import", *words, home=shop.new_home())


for _key, _text in MAPPINGS.items():
    SCENARIOS[_key] = partial(_map, content=_text)


@row("missing-file")
def _missing_file(shop: BadInputShop) -> Outcome:
    return shop.run("import", "--events", "nowhere.csv", home=shop.new_home())


@row("missing-mapping")
def _missing_mapping(shop: BadInputShop) -> Outcome:
    orders = shop.file("orders.csv", GOOD)
    words = ("--events", orders, "--mapping", "nowhere.yaml")
    return shop.run("import", *words, home=shop.new_home())


@row("nothing-to-import")
def _nothing_to_import(shop: BadInputShop) -> Outcome:
    return shop.run("import", home=shop.new_home())


def _import_catalogue(shop: BadInputShop, option: str, content: str) -> Outcome:
    return shop.run("import", option, shop.file("list.csv", content), home=shop.new_home())


SCENARIOS["duplicate-products"] = partial(
    _import_catalogue, option="--products", content="item_id,title\np1,Old\np1,New\n"
)
SCENARIOS["duplicate-customers"] = partial(
    _import_catalogue, option="--customers", content="user_id,city\nu1,Berlin\nu1,Paris\n"
)


# Oddities that the shared shop was built with, asked for in its tables and lists.
@row("one-event-user")
def _one_event_user(shop: BadInputShop) -> Outcome:
    return shop.run("recommend", "--users", "once", "--k", "3")


@row("unknown-user")
def _unknown_user(shop: BadInputShop) -> Outcome:
    return shop.run("recommend", "--users", "nobody-here", "--k", "3")


@row("never-sold-item")
def _never_sold_item(shop: BadInputShop) -> Outcome:
    return shop.run("recommend", "--users", "u1", "--k", "40")


@row("item-not-in-catalogue")
def _item_not_in_catalogue(shop: BadInputShop) -> Outcome:
    question = "select title, is_in_catalogue from dim_items where item_id = 'ghost'"
    return shop.run("sql", "--json", question)


@row("thirty-events")
def _thirty_events(shop: BadInputShop) -> Outcome:
    home = shop.new_home()
    published = home / "published" / "b1"
    shutil.copytree(shop.settings.current_marts.resolve(), published)
    (home / "published" / "current").symlink_to("b1", target_is_directory=True)
    interactions = str(published / "fct_interactions.parquet")
    first = duckdb.read_parquet(interactions).order("interacted_at").limit(30).to_arrow_table()
    duckdb.from_arrow(first).write_parquet(interactions)
    return shop.run("train", "snapshot", "--run", "small", home=home)


# What lies in the landing zone.
@row("landed-cut-off-gz")
def _landed_cut_off_gz(shop: BadInputShop) -> Outcome:
    home = shop.landed("a.jsonl.gz", cut(gzip.compress(LANDED.encode() * 99)))
    outcome = shop.run("load-raw", home=home, apart="aisle.duckdb")  # made, and empty
    loaded = shop.run("sql", "--raw", "--json", "select count(*) as n from raw.events", home=home)
    assert '"n": 0' in loaded.text
    return outcome


def _load(shop: BadInputShop, content: bytes) -> Outcome:
    return shop.run("load-raw", home=shop.landed("a.jsonl", content))


SCENARIOS["landed-not-json"] = partial(_load, content=b"hello\n" + LANDED.encode())
SCENARIOS["landed-not-utf-8"] = partial(
    _load, content=LANDED.encode() + LANDED.replace("m1", "m2").encode().replace(b'"u"', b'"\xff"')
)


# A place that cannot be used.
@row("workspace-is-a-file")
def _workspace_is_a_file(shop: BadInputShop) -> Outcome:
    return run_command("load-raw", home=shop.file("workspace", "a file"))


@row("workspace-not-writable")
def _workspace_not_writable(_: BadInputShop) -> Outcome:
    return run_command("load-raw", home=Path(NOT_WRITABLE))


@row("full-disk")
def _full_disk(shop: BadInputShop) -> Outcome:
    lines = (f"u{number},i{number},2024-01-01,{'x' * 50}\n" for number in range(60_000))
    orders = shop.file("orders.csv", HEADER.strip() + ",note\n" + "".join(lines))
    home = shop.new_home()
    with _small_disk(home) as limit:
        ended = subprocess.run(
            [str(Path(sys.executable).with_name("aisle")), "import", "--events", str(orders)],
            env={**os.environ, "AISLE_HOME": str(home)},
            preexec_fn=limit,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not tree(home)
    return Outcome(ended.returncode, ended.stderr[ended.stderr.find("Error: ") :])


@contextmanager
def _small_disk(folder: Path) -> Iterator[Callable[[], None] | None]:
    """Mount one, or yield what limits the size of files where nobody may mount."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "tmpfs", str(folder)]
    is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    limits = (SMALL_DISK_BYTES, SMALL_DISK_BYTES)
    try:
        yield None if is_mounted else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    finally:
        if is_mounted:
            subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def _listening() -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield str(listener.getsockname()[1])


@row("port-taken-serve")
def _port_taken_serve(shop: BadInputShop) -> Outcome:
    with _listening() as port:
        return shop.run("serve", AISLE_SERVING_PORT=port)


@row("port-taken-mlflow")
def _port_taken_mlflow(shop: BadInputShop) -> Outcome:
    with _listening() as port:
        return shop.run("mlflow", AISLE_MLFLOW_PORT=port)


@row("port-taken-ui")
def _port_taken_ui(shop: BadInputShop) -> Outcome:
    free = {f"AISLE_{name}_PORT": "0" for name in ("SERVING", "MLFLOW", "DOCS")}
    with _listening() as port:
        return shop.run("ui", AISLE_AIRFLOW_PORT=port, **free)


# Two at once.
@row("second-run")
def _second_run(shop: BadInputShop) -> Outcome:
    with held(shop.settings.root / RUN_LOCK, "aisle run"):
        return shop.run("run")


@row("second-ui")
def _second_ui(shop: BadInputShop) -> Outcome:
    with held(shop.settings.root / AIRFLOW_LOCK, "aisle ui"):
        return shop.run("ui")


def _beside_a_writer(shop: BadInputShop, words: tuple[str, ...]) -> Outcome:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_WAREHOUSE, str(shop.settings.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        return shop.run(*words)
    finally:
        holder.communicate(b"\n")


SCENARIOS["second-writer"] = partial(_beside_a_writer, words=("load-raw",))
SCENARIOS["second-transform"] = partial(_beside_a_writer, words=("transform", "--build", "b1"))


# Damaged stores.
@row("damaged-warehouse")
def _damaged_warehouse(shop: BadInputShop) -> Outcome:
    with damaged(shop.settings.warehouse, lambda _: b"no database" * 999):
        return shop.run("load-raw")


@row("cut-off-warehouse")
def _cut_off_warehouse(shop: BadInputShop) -> Outcome:
    with damaged(shop.settings.warehouse, cut):
        return shop.run("publish", "--build", "b1")


@row("damaged-mart")
def _damaged_mart(shop: BadInputShop) -> Outcome:
    with damaged(shop.settings.current_marts / "dim_items.parquet", cut):
        return shop.run("sql", "from dim_items")


@row("damaged-manifest")
def _damaged_manifest(shop: BadInputShop) -> Outcome:
    with damaged(shop.settings.current_marts / "manifest.json", cut):
        return shop.run("train", "snapshot", "--run", "new")


@row("damaged-snapshot")
def _damaged_snapshot(shop: BadInputShop) -> Outcome:
    home = shop.copied_training()
    snapshot = home / "training" / "first" / "snapshot" / "interactions.parquet"
    snapshot.write_bytes(cut(snapshot.read_bytes()))
    return shop.run("train", "compare", "--run", "first", home=home, apart=RUNS)


@row("damaged-registry")
def _damaged_registry(shop: BadInputShop) -> Outcome:
    home = shop.new_home()
    (home / "mlflow").mkdir(parents=True)
    (home / "mlflow" / "mlflow.db").write_bytes(b"no database" * 999)
    return shop.run("history", home=home)


@row("damaged-model-recommend")
def _damaged_model_recommend(shop: BadInputShop) -> Outcome:
    with damaged(next(shop.settings.mlflow.rglob("own_values.npy")), cut):
        # MLflow notes beside a model which version it was last loaded as.
        return shop.run("recommend", "--users", "u1", apart="registered_model_meta")


@row("damaged-model-promote")
def _damaged_model_promote(shop: BadInputShop) -> Outcome:
    with damaged(shop.model_document, lambda content: content + b"\n"):
        return shop.run("promote", "2")


@row("damaged-model-serve")
def _damaged_model_serve(shop: BadInputShop) -> Outcome:
    tracker = open_tracker(shop.settings)
    with own_modules(), TestClient(create_app(shop.settings, poll_seconds=3600)) as client:
        try:
            with damaged(shop.model_document, cut):
                point_alias(tracker, CHAMPION, "2")
                client.app.state.live.renew()  # type: ignore[attr-defined]
                answer = client.get("/v1/recommendations?user_id=u1")
                assert answer.json()["model_version"] == "1"
                return _answer(client.get("/readyz"))
        finally:
            point_alias(tracker, CHAMPION, "1")


# What is stated wrongly.
def _with_file(shop: BadInputShop, source: Path, old: str, new: str) -> Path:
    text = source.read_text(encoding="utf-8")
    assert old in text
    return shop.file(source.name, text.replace(old, new, 1))


@row("unknown-family")
def _unknown_family(shop: BadInputShop) -> Outcome:
    path = _with_file(shop, PARAMS, "family: popularity", "family: popularty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.backtest.load_lineup", lambda name: load_lineup(name, path))
        return _backtest(shop)


@row("broken-params")
def _broken_params(shop: BadInputShop) -> Outcome:
    path = _with_file(shop, PARAMS, "\nrecipes:", "\nrecipes: [")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.backtest.load_lineup", lambda name: load_lineup(name, path))
        return _backtest(shop)


@row("unknown-gate-key")
def _unknown_gate_key(shop: BadInputShop) -> Outcome:
    path = _with_file(shop, RULES, "fewest_users:", "fewest_user:")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.gate.load_rules", lambda: load_rules(path))
        home = shop.copied_training()
        return shop.run("train", "gate", "--run", "first", home=home, apart=RUNS)


@row("unknown-recipe")
def _unknown_recipe(shop: BadInputShop) -> Outcome:
    words = ("train", "fit", "--run", "first", "--recipe", "nope")
    return shop.run(*words, home=shop.copied_training(), apart=RUNS)


@row("wrong-setting")
def _wrong_setting(shop: BadInputShop) -> Outcome:
    return shop.run("load-raw", AISLE_NOW="yesterday")


@row("mistyped-setting")
def _mistyped_setting(shop: BadInputShop) -> Outcome:
    with own_modules():
        return shop.run("doctor", home=shop.new_home(), AISLE_THREDS="4")


def _backtest(shop: BadInputShop, *words: str, cutoff: str = "2024-07-01") -> Outcome:
    out = shop.place / "backtest"
    return shop.run("backtest", "--cutoff", cutoff, "--out", out, *words)


SCENARIOS["unknown-model"] = lambda shop: _backtest(shop, "--models", "nope")
SCENARIOS["cutoff-outside"] = lambda shop: _backtest(shop, cutoff="2030-01-01")
SCENARIOS["cutoff-no-moment"] = lambda shop: _backtest(shop, cutoff="yesterday")

COMMANDS = {
    "bad-id": ("fix-ceiling", "--build", "../x"),
    "unplanned-build": ("publish", "--build", "unknown"),
    "bad-sql": ("sql", "selec 1"),
    "empty-sql": ("sql", ""),
    "writing-sql": ("sql", "--raw", "drop table raw.events"),
    "promote-unknown": ("promote", "99"),
    "promote-champion": ("promote", "1"),
    "rollback-without-previous": ("rollback",),
    "no-users": ("recommend", "--users", ","),
    "missing-user-file": ("recommend", "--users", "@nowhere.txt"),
    "list-too-long": ("recommend", "--users", "u1", "--k", "0"),
    "unknown-list-format": ("recommend", "--users", "u1", "--out", "lists.xlsx"),
    "mistyped-command": ("lod-raw",),
}


def _command(shop: BadInputShop, words: tuple[str, ...]) -> Outcome:
    return shop.run(*words)


for _key, _words in COMMANDS.items():
    SCENARIOS[_key] = partial(_command, words=_words)


@row("nothing-published")
def _nothing_published(shop: BadInputShop) -> Outcome:
    return shop.run("sql", "from dim_items", home=shop.new_home())


@row("no-champion")
def _no_champion(shop: BadInputShop) -> Outcome:
    home = shop.new_home()
    shutil.copytree(shop.settings.published, home / "published", symlinks=True)
    return shop.run("recommend", "--users", "u1", home=home)


# Requests over HTTP.
def _get(shop: BadInputShop, address: str, home: Path | None = None) -> Outcome:
    settings = Settings(home=home) if home else shop.settings
    with own_modules(), TestClient(create_app(settings, poll_seconds=3600)) as client:
        return _answer(client.get(address))


def _answer(response: object) -> Outcome:
    return Outcome(response.status_code, response.text)  # type: ignore[attr-defined]


LISTS = "/v1/recommendations?user_id="
SCENARIOS["http-limit-0"] = partial(_get, address=f"{LISTS}u1&limit=0")
SCENARIOS["http-huge-user"] = partial(_get, address=f"{LISTS}{'u' * 10_000}")
SCENARIOS["http-no-user"] = partial(_get, address="/v1/recommendations")
SCENARIOS["http-unknown-user"] = partial(_get, address=f"{LISTS}nobody-here&limit=1")
SCENARIOS["http-unknown-path"] = partial(_get, address="/v1/recommendation")


@row("http-no-champion")
def _http_no_champion(shop: BadInputShop) -> Outcome:
    return _get(shop, f"{LISTS}u1", home=shop.new_home())
