"""Pictures of a search stay as wide as a screen, however many recipes were searched."""

import pytest

from training.tuning.plots import panels_in_rows


@pytest.mark.parametrize(("count", "inches"), [(1, (6, 4)), (3, (18, 4)), (13, (18, 20))])
def test_panels_stand_in_rows_of_three(count: int, inches: tuple[float, float]) -> None:
    figure, panels = panels_in_rows(count, width=6, height=4)
    assert len(panels) == count
    assert [panel for panel in figure.axes if panel.get_visible()] == panels
    assert tuple(figure.get_size_inches()) == inches
