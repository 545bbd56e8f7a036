"""What a check finds: how it stands, and what a person can do about it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aisle.core.errors import AisleError
from aisle.core.settings import Settings


class State(StrEnum):
    """How something stands."""

    ok = "ok"
    warn = "warn"
    fail = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    area: str
    state: State
    text: str
    advice: str = ""


@dataclass(frozen=True)
class Check:
    """A named look at one thing."""

    area: str
    look: Callable[[Settings], Iterable[tuple[State, str, str]]]


def ok(text: str) -> tuple[State, str, str]:
    """Return that all is well."""
    return State.ok, text, ""


def warn(text: str, advice: str) -> tuple[State, str, str]:
    """Return something that works and will not for long, or not well."""
    return State.warn, text, advice


def fail(text: str, advice: str) -> tuple[State, str, str]:
    """Return something that does not work."""
    return State.fail, text, advice


def examine(settings: Settings, checks: Sequence[Check]) -> list[Finding]:
    """Return what all checks find; one that breaks is a finding too, and the others go on."""
    return [finding for check in checks for finding in _findings(settings, check)]


def _findings(settings: Settings, check: Check) -> list[Finding]:
    try:
        return [Finding(check.area, *found) for found in check.look(settings)]
    except AisleError as error:  # says what to do itself
        return [Finding(check.area, State.fail, str(error))]
    except Exception as error:  # anything at all: broken things are what a doctor is called for
        text = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
        return [Finding(check.area, State.fail, text, "This look itself broke on what it found.")]
