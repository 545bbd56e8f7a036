"""A real MLflow server on loopback whose clients reach database and artifacts over HTTP only."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from aisle.runner.ports import free_port

PATIENCE_SECONDS = 120


@contextmanager
def mlflow_server(folder: Path, empty_mlflow: Path) -> Iterator[str]:
    """Yield the address of a server that keeps everything in `folder`, and end it."""
    shutil.copyfile(empty_mlflow, folder / "server.db")
    address = f"http://127.0.0.1:{free_port()}"
    command = [str(Path(sys.executable).with_name("mlflow")), "server", "--workers", "1"]
    command += ["--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'server.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait(server, address, folder / "server.log")
            yield address
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE_SECONDS)


def _wait(server: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/health", timeout=1).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"MLflow's server did not start:\n{log.read_text()[-2000:]}")
