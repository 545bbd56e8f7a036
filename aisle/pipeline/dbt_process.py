"""dbt in a process of its own that ends with the command that started it, however that ended.

A command that is killed cannot end its child: dbt would go on holding the warehouse against the
rerun, and write into it. So dbt watches its stdin, whose other end only the command holds.
"""

import os
import subprocess
import sys
import threading

from aisle.core.settings import REPOSITORY


def main(words: list[str]) -> None:
    """Run dbt with these words until it ends or stdin closes."""
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    from dbt.cli.main import cli

    cli(words)


def run_dbt(
    words: list[str], environment: dict[str, str], *, is_captured: bool = False
) -> subprocess.CompletedProcess[str]:
    """Return how dbt ended; its output is shown as it comes, or kept."""
    watched, ours = os.pipe()  # the kernel closes our end even if we are killed
    try:
        return subprocess.run(
            [sys.executable, "-m", __name__, *words],
            stdin=watched,
            env=environment,
            cwd=REPOSITORY,
            capture_output=is_captured,
            text=True,
            check=False,
        )
    finally:
        os.close(watched)
        os.close(ours)


def _end_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)  # nobody is left to tell, and DuckDB rolls back what was not committed


if __name__ == "__main__":
    main(sys.argv[1:])
