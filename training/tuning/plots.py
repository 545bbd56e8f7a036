"""Pictures of a search: how it went, which parameters decide, what each value was worth."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.tuning.finish import Found
from training.tuning.trial import PLACE
from training.wording import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from optuna import Study
    from optuna.trial import FrozenTrial

BEST, OTHER = "#0b6e4f", "#5b6770"
VALUES_A_ROW = 6


def draw_all(
    folder: Path, studies: Mapping[str, "Study"], found: Sequence[Found], metric: str
) -> None:
    """Write history.png, importance.png (where it is known) and a picture of values a recipe."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = panels_in_rows(len(found), width=6, height=4)
    for panel, one in zip(panels, found, strict=True):
        _history(panel, studies[one.recipe], one, metric)
    figure.savefig(folder / "history.png", dpi=120)
    pyplot.close(figure)
    _draw_importances(folder, [one for one in found if one.importances])
    for one in found:
        _draw_values(folder, studies[one.recipe], one, metric)


def _history(panel: "Axes", study: "Study", found: Found, metric: str) -> None:
    """Draw each trial in the order of time, and the best so far."""
    ended = sorted(_ended(study), key=lambda trial: trial.number)
    complete = [trial for trial in ended if trial.state.name == "COMPLETE"]
    order = {trial.number: place for place, trial in enumerate(ended, start=1)}
    for trial in complete:
        panel.plot(order[trial.number], value_of(trial), "o", color=OTHER)
    for trial in (one for one in ended if one not in complete):
        # Its value is of fewer windows, so that it cannot stand beside the others.
        foot = panel.get_xaxis_transform()
        panel.plot(order[trial.number], 0.03, "x", color=OTHER, transform=foot)
    best = np.maximum.accumulate([value_of(trial) for trial in complete])
    places = [order[trial.number] for trial in complete]
    panel.step(places, best, where="post", color=BEST, label="best so far")
    panel.axhline(found.present_value, color=OTHER, linestyle=":", label="as it is")
    panel.set_title(f"{found.recipe}: {title(metric)}", loc="left", fontsize=11)
    panel.set_xlabel("trial (crosses: left early)")
    panel.legend(frameon=False, fontsize=9)
    _plain(panel)


def _draw_importances(folder: Path, found: Sequence[Found]) -> None:
    from matplotlib import pyplot

    if not found:
        return
    longest = max(len(one.importances) for one in found)
    figure, panels = panels_in_rows(len(found), width=6, height=1.2 + 0.4 * longest)
    for panel, one in zip(panels, found, strict=True):
        names = list(one.importances)[::-1]
        panel.barh(names, [one.importances[name] for name in names], color=BEST)
        panel.set_title(f"{one.recipe}: share of the variance", loc="left", fontsize=11)
        panel.set_xlim(0, 1)
        _plain(panel)
    figure.savefig(folder / "importance.png", dpi=120)
    pyplot.close(figure)


def _draw_values(folder: Path, study: "Study", found: Found, metric: str) -> None:
    """Draw what each trial was worth against the value of each parameter."""
    from matplotlib import pyplot

    complete = [trial for trial in _ended(study) if trial.state.name == "COMPLETE"]
    names = list(found.present)
    figure, panels = panels_in_rows(
        len(names), width=3.2, height=3.4, a_row=VALUES_A_ROW, sharey=True
    )
    for panel, name in zip(panels, names, strict=True):
        for trial in complete:
            is_best = trial.user_attrs[PLACE] == found.best_place
            value = trial.params[name]
            shown = value if isinstance(value, int | float) else str(value)
            panel.plot(shown, value_of(trial), "o", color=BEST if is_best else OTHER)
        if getattr(complete[0].distributions[name], "log", False):
            _plain_log(panel)
        panel.set_xlabel(name)
        _plain(panel)
    for panel in panels[::VALUES_A_ROW]:
        panel.set_ylabel(title(metric))
    figure.savefig(folder / f"values_{found.recipe}.png", dpi=120)
    pyplot.close(figure)


def panels_in_rows(
    count: int, *, width: float, height: float, a_row: int = 3, sharey: bool = False
) -> "tuple[Figure, list[Axes]]":
    """Return a figure with so many panels of a size in inches, in rows that a screen can show."""
    from matplotlib import pyplot

    columns = min(count, a_row)
    rows = math.ceil(count / columns)
    figure, grid = pyplot.subplots(
        rows,
        columns,
        figsize=(width * columns, height * rows),
        squeeze=False,
        sharey=sharey,
        layout="constrained",
    )
    for panel in grid.flat[count:]:
        panel.set_visible(False)
    return figure, list(grid.flat[:count])


def value_of(trial: "FrozenTrial") -> float:
    """Return the value of a trial that has one."""
    return float("nan") if trial.value is None else trial.value


def _ended(study: "Study") -> "list[FrozenTrial]":
    """Return the trials that have a value: judged to the end, or left early."""
    trials = study.get_trials(deepcopy=False)
    states = ("COMPLETE", "PRUNED")
    return [trial for trial in trials if trial.state.name in states and trial.value is not None]


def _plain_log(panel: "Axes") -> None:
    """Scale a panel by ratios, with as many values written below it as there is room for."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    panel.set_xscale("log")
    low, high = panel.get_xlim()
    steps = (1.0,) if high > 100 * low else (1.0, 2.0, 5.0)
    panel.xaxis.set_major_locator(LogLocator(subs=steps))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.xaxis.set_minor_formatter(NullFormatter())


def _plain(panel: "Axes") -> None:
    panel.grid(alpha=0.3)
    panel.spines[["top", "right"]].set_visible(False)
