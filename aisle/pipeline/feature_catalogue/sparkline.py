"""A distribution as a small inline drawing."""

from html import escape

from aisle.pipeline.feature_catalogue.entries import Distribution

WIDTH, HEIGHT = 132.0, 34.0
GAP = 1.0
LEAST_BAR = 1.5  # a bin that holds anything is seen
WIDEST_BAR = 14.0


def sparkline(distribution: Distribution, label: str) -> str:
    """Return an SVG of one bar per bin, as high as the bin is full."""
    counts = distribution.counts
    step = WIDTH / len(counts)
    if distribution.shape == "categories":
        step = min(step, WIDEST_BAR)
    most = max(counts)
    bars = "".join(
        _bar(position * step, step - GAP, count / most) for position, count in enumerate(counts)
    )
    return (
        f'<svg class="spark {distribution.shape}" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
        f'preserveAspectRatio="none" aria-label="{escape(label)}">'
        f'<path class="ground" d="M0 {HEIGHT - 0.5:g}H{WIDTH:g}"/>{bars}</svg>'
    )


def _bar(left: float, width: float, share: float) -> str:
    if not share:
        return ""
    height = max(LEAST_BAR, share * (HEIGHT - 2))
    return (
        f'<rect x="{left:.1f}" y="{HEIGHT - height:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="1"/>'
    )
