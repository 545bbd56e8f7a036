"""Which code is running: the git revision, or the package's version outside a checkout."""

import subprocess

from aisle import __version__
from aisle.core.settings import REPOSITORY


def code_revision() -> str:
    """Return the commit, with `-dirty` if tracked files differ, or `aisle-VERSION` without git."""
    commit = _git("rev-parse", "--verify", "HEAD")
    if not commit:
        return f"aisle-{__version__}"
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{commit}-dirty" if changed else commit


def revision_tags(revision: str) -> dict[str, str]:
    """Return tags that say which code ran; the second is the one MLflow's pages link."""
    return {
        "code_revision": revision,
        "mlflow.source.git.commit": revision.removesuffix("-dirty"),
    }


def _git(*arguments: str) -> str:
    if not (REPOSITORY / ".git").exists():  # an installed package inside someone else's checkout
        return ""
    try:
        answer = subprocess.run(
            ["git", "-C", str(REPOSITORY), *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()
