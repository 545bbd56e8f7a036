"""Pictures of a report as SVG text: curves, coverage against accuracy, quality against seconds."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from training.compare import Comparison
from training.wording import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Curve = tuple[str, int, float]  # name, step, value
BEST, OTHER = "#0b6e4f", "#5b6770"
COVERAGE = "next_coverage_at_20"


def curves_svg(curves: Mapping[str, Sequence[Curve]]) -> str:
    """Return what rivals tried on the validation window, a panel for each curve's name."""
    names = list(dict.fromkeys(name for points in curves.values() for name, _, _ in points))

    def draw(panels: "list[Axes]") -> None:
        for panel, name in zip(panels, names, strict=True):
            for recipe, points in curves.items():
                mine = [(step, value) for found, step, value in points if found == name]
                if mine:
                    panel.plot(*zip(*mine, strict=True), marker=".", label=recipe)
            panel.set_title(title(name), loc="left", fontsize=10)
            panel.set_xlabel("step")
            panel.legend(frameon=False, fontsize=8)

    return _svg(len(names), draw) if names else ""


def trade_svg(comparison: Comparison) -> str:
    """Return accuracy against coverage of the catalogue, and against the seconds of a window."""
    primary = comparison.primary
    with_coverage = [rival for rival in comparison.rivals if COVERAGE in rival.metrics]

    def draw(panels: "list[Axes]") -> None:
        by_coverage = {r.recipe: r.metrics[COVERAGE].mean for r in with_coverage}
        by_seconds = {
            r.recipe: r.cost.fit_seconds + r.cost.score_seconds for r in comparison.rivals
        }
        _scatter(panels[0], by_coverage, comparison, "share of the catalogue shown (first 20)")
        _scatter(panels[1], by_seconds, comparison, "seconds of a window: fit and scoring")
        if max(by_seconds.values()) > 10 * max(min(by_seconds.values()), 0.001):
            panels[1].set_xscale("log")
        panels[0].set_ylabel(title(primary))

    return _svg(2, draw)


def _scatter(
    panel: "Axes", places: Mapping[str, float], comparison: Comparison, label: str
) -> None:
    for recipe, place in places.items():
        value = comparison.rival(recipe).metrics[comparison.primary].mean
        panel.plot(place, value, "o", color=BEST if recipe == comparison.best else OTHER)
        panel.annotate(
            recipe, (place, value), (5, 4), textcoords="offset points", fontsize=8, color=OTHER
        )
    panel.set_xlabel(label)
    panel.margins(x=0.25, y=0.15)


def _svg(count: int, draw: "Callable[[list[Axes]], None]") -> str:
    """Return a row of panels as SVG text."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        1, count, figsize=(5.2 * count, 3.6), squeeze=False, layout="constrained"
    )
    draw(list(panels[0]))
    for panel in panels[0]:
        panel.grid(alpha=0.3)
        panel.spines[["top", "right"]].set_visible(False)
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    svg = text.getvalue()
    return svg[svg.index("<svg") :]
