"""Write `docker/.env` with new random secrets for docker-compose.yml; an existing one stays.

`python docker/new_env.py [FILE]`. The names come from `docker/.env.example`.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

EXAMPLE = Path(__file__).with_name(".env.example")


def filled(example: str) -> str:
    """Return the example with a new secret after each `NAME=` that has no value."""
    return "\n".join(map(_filled_line, example.splitlines())) + "\n"


def main(target: Path) -> int:
    """Write the file for the owner's eyes only; return the exit code."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        sys.stderr.write(
            f"{target} exists and stays as it is: running services know its secrets.\n"
        )
        return 1
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(filled(EXAMPLE.read_text(encoding="utf-8")))
    sys.stdout.write(f"Wrote {target}. Start with: docker compose --env-file {target} up --build\n")
    return 0


def _filled_line(line: str) -> str:
    is_open = line.endswith("=") and not line.startswith("#")
    return f"{line}{_secret(line)}" if is_open else line


def _secret(line: str) -> str:
    if line.startswith("AIRFLOW_FERNET_KEY"):  # 32 bytes, in this very alphabet
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if sys.argv[1:] else EXAMPLE.with_name(".env")))
