"""Errors a person can act on: the command line prints them as one message, without a traceback."""


class AisleError(Exception):
    """Something the user can fix. The message says what was wrong, where, and what to do next."""


class NothingToDo(Exception):
    """The command had no work; it ends with exit code 99, which Airflow shows as skipped."""


class CheckFailed(AisleError):
    """A critical expectation did not hold; nothing after it may run."""


class DamagedModel(AisleError):
    """A file of a saved model is not what was saved."""
