"""Draw what features are worth: a bar each with its noise, those that stay in colour."""

from pathlib import Path

from training.selection.verdicts import Selection

SHOWN = 40
KEPT, OTHER = "#0b6e4f", "#b8c0c6"


def draw(selection: Selection, target: Path) -> Path:
    """Write the plot as PNG and return its path."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = sorted(selection.verdicts, key=lambda v: -v.importance.mean)[:SHOWN]
    figure, axes = pyplot.subplots(figsize=(9, 1.4 + 0.24 * len(shown)), layout="constrained")
    axes.barh(
        range(len(shown)),
        [verdict.importance.mean for verdict in shown],
        xerr=[selection.request.noise * verdict.importance.standard_error for verdict in shown],
        color=[KEPT if verdict.is_kept else OTHER for verdict in shown],
        ecolor="#5b6770",
        capsize=2,
    )
    axes.set_yticks(
        range(len(shown)), [_label(v.feature.reference, v.redundant_with) for v in shown]
    )
    axes.tick_params(axis="y", labelsize=8)
    axes.invert_yaxis()
    axes.axvline(0, color="#5b6770", linewidth=0.8)
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("NDCG@10 lost when the feature is shuffled")
    axes.set_title(
        f"Features as of {selection.windows[1].cutoff} (UTC): green ones stay; "
        f"bars show {selection.request.noise:g} standard errors",
        loc="left",
        fontsize=10,
    )
    figure.savefig(target, dpi=130, format="png")
    pyplot.close(figure)
    return target


def _label(reference: str, redundant_with: str | None) -> str:
    return f"{reference} (as {redundant_with})" if redundant_with else reference
