"""Draw the comparison: one line per rival, a point at the mean, a bar over the 95% interval."""

from pathlib import Path
from typing import TYPE_CHECKING

from training.bootstrap import Interval
from training.compare import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = {
    "next_ndcg_at_10": "Next purchase: NDCG@10",
    "discovery_ndcg_at_10": "Discovery (new items): NDCG@10",
    "newcomers_ndcg_at_10": "Newcomers (no history): NDCG@10",
}
BEST, OTHER = "#0b6e4f", "#5b6770"


def draw(comparison: Comparison, target: Path) -> Path:
    """Write the plot as PNG and return its path."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = [name for name in PANELS if all(name in rival.metrics for rival in comparison.rivals)]
    size = (6 * len(shown), 1.6 + 0.45 * len(comparison.rivals))
    figure, axes = pyplot.subplots(
        1, len(shown), figsize=size, sharey=True, layout="constrained", squeeze=False
    )
    for panel, metric in zip(axes[0], shown, strict=True):
        _panel(panel, comparison, metric)
        panel.set_title(PANELS[metric], loc="left", fontsize=11)
    axes[0][0].invert_yaxis()
    figure.suptitle(_caption(comparison), fontsize=9, color=OTHER, x=0.01, ha="left", y=-0.02)
    draft = target.with_name(f".{target.name}")
    figure.savefig(draft, dpi=130, format="png", bbox_inches="tight")
    pyplot.close(figure)
    return draft.replace(target)


def _panel(panel: "Axes", comparison: Comparison, metric: str) -> None:
    for position, rival in enumerate(comparison.rivals):
        value = rival.metrics[metric]
        color = BEST if rival.recipe == comparison.best else OTHER
        spread = [[max(value.mean - value.low, 0)], [max(value.high - value.mean, 0)]]
        panel.errorbar(
            value.mean, position, xerr=spread, fmt="o", color=color, capsize=4, markersize=7
        )
        panel.annotate(
            f"{value.mean:.4f}",
            (value.mean, position),
            (0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            color=color,
        )
    panel.set_yticks(
        range(len(comparison.rivals)), [_label(comparison, r.recipe) for r in comparison.rivals]
    )
    panel.set_ylim(-0.7, len(comparison.rivals) - 0.4)
    panel.set_xlim(*_limits([rival.metrics[metric] for rival in comparison.rivals]))
    panel.grid(axis="x", alpha=0.3)
    panel.spines[["top", "right", "left"]].set_visible(False)


def _label(comparison: Comparison, recipe: str) -> str:
    is_champion = recipe == comparison.champion_recipe and recipe != "champion"
    return f"{recipe}\n(champion's recipe)" if is_champion else recipe


def _limits(values: list[Interval]) -> tuple[float, float]:
    low, high = min(value.low for value in values), max(value.high for value in values)
    margin = (high - low) * 0.08 or 0.01
    return max(low - margin, 0.0), high + margin


def _caption(comparison: Comparison) -> str:
    return (
        f"Snapshot {comparison.snapshot_id}: test windows from {comparison.windows['test_1']} to "
        f"{comparison.windows['end']} (UTC), each fitted on what was known before it.\n"
        "Bars: 95% bootstrap intervals over users."
    )
