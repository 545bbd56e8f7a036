"""Small networks on the checkerboard, in one thread; courses that a test may drive by itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from training.dataset import Dataset
from training.models.families import FAMILIES
from training.models.neural.course import Course
from training.models.neural.recommender import NeuralRecommender
from training.models.neural.session import Session
from training.recipes import load_recipes

NEURAL = sorted(name for name, family in FAMILIES.items() if issubclass(family, NeuralRecommender))
SMALL = {
    "components": 8,
    "max_epochs": 6,
    "min_users": 2,
    "min_feature_count": 2,
    "learning_rate": 0.03,
}
MakeCourse = Callable[[str, Session], "Course"]


@pytest.fixture(params=NEURAL)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def small() -> dict[str, dict[str, Any]]:
    """Parameters of each family, fit for a shop of 40 users."""
    recipes = [recipe for recipe in load_recipes() if recipe.family in NEURAL]
    return {recipe.family: {**recipe.params, **SMALL} for recipe in recipes}


@pytest.fixture
def make_course(checkerboard: Dataset, small: dict[str, dict[str, Any]]) -> MakeCourse:
    """What makes a family's course on the checkerboard."""

    def make(family: str, session: Session) -> Course:
        model = FAMILIES[family]
        assert issubclass(model, NeuralRecommender)
        course: Course = model._course(checkerboard, small[family], session)
        return course

    return make


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Compute in one thread: several wait for each other where tests share few cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
