"""Which sources a two-stage recipe may name, and the sections of settings that some need."""

from collections.abc import Mapping
from difflib import get_close_matches

from training.models.base import Params
from training.models.two_stage.source_list import AFFINITY, MAKERS

LIGHTFM, ALS, SEGMENTS = "lightfm", "als", "segments"
# What a section must hold, and how to write one.
WITH_SETTINGS: dict[str, tuple[set[str], str]] = {
    ALS: (
        {"components", "regularisation", "alpha", "iterations", "seed"},
        "als: {components: 64, regularisation: 0.01, alpha: 0.3, iterations: 8, seed: 7}",
    ),
    SEGMENTS: (
        {"window_days", "min_feature_count", "smoothing"},
        "segments: {window_days: 28, min_feature_count: 20, smoothing: 100}",
    ),
    LIGHTFM: (
        {"weeks", "half_life_weeks", "min_users", "identity_weight", "min_feature_count"}
        | {"numeric_features", "components", "learning_rate", "max_sampled", "max_epochs", "seed"},
        "lightfm: {<<: [*lightfm, *lightfm_features], max_epochs: 8}",
    ),
}
WITHOUT_SETTINGS = (AFFINITY, *MAKERS)


def complaint_of_sources(params: Params) -> str:
    """Return what is wrong where `sources` names none that there is, or one without its section."""
    for name in params.get("sources", {}):
        complaint = _of_section(name, params) if name in WITH_SETTINGS else _of_name(name)
        if complaint:
            return complaint
    return ""


def _of_name(name: str) -> str:
    if name in WITHOUT_SETTINGS:
        return ""
    known = [*WITHOUT_SETTINGS, *WITH_SETTINGS]
    close = get_close_matches(name, known, n=1)
    closest = f" (did you mean {close[0]!r}?)" if close else ""
    return f"`sources` names {name!r}{closest}: there are {', '.join(sorted(known))}."


def _of_section(name: str, params: Params) -> str:
    needed, example = WITH_SETTINGS[name]
    section = params.get(name)
    if not isinstance(section, Mapping):
        return (
            f"`sources` names {name!r}, and the section {name!r} with its settings is missing: "
            f"add `{example}` beside `sources`, or `<<: *two_stage`, which holds one, or leave "
            f"{name!r} out of `sources`."
        )
    missing = sorted(needed - set(section))
    if not missing:
        return ""
    return (
        f"`sources` names {name!r}, and its section {name!r} lacks {', '.join(missing)}: one that "
        f"is whole is `{example}`."
    )
