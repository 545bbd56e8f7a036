"""Device, precision, threads and seed of a fit; a network computes where its session says."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch

from aisle.core.errors import AisleError
from tests.unit.training.models.neural.conftest import MakeCourse
from training.dataset import Dataset
from training.models.families import build
from training.models.neural import session
from training.models.neural.session import Session, best_device, half_type, torch_session


def test_the_device_is_chosen_at_run_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_there, device in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda is_there=is_there: is_there)
        assert best_device() == device


def test_every_tensor_of_a_loss_lies_on_the_device_of_its_session(
    family: str, make_course: MakeCourse
) -> None:
    """PyTorch's device `meta` computes shapes only, and refuses tensors of another device."""
    meta = Session(torch.device("meta"), None)
    course = make_course(family, meta)
    course.net.to(meta.device)

    loss = course.loss(np.arange(min(4, course.examples())), np.random.default_rng(0))

    assert loss.device.type == "meta"
    assert loss.shape == ()


def test_precision_is_half_on_cuda_and_whole_on_a_cpu_unless_stated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert half_type("auto", "cpu") is None
    for has_bfloat16, half in ((True, torch.bfloat16), (False, torch.float16)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda has=has_bfloat16: has)
        assert half_type("auto", "cuda") == half
    assert half_type("float32", "cuda") is None
    assert half_type("bfloat16", "cpu") == torch.bfloat16
    with pytest.raises(AisleError, match=r"'double'.*bfloat16"):
        half_type("double", "cpu")


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_learns_and_answers_in_float32(
    family: str, precision: str, checkerboard: Dataset, small: dict[str, dict[str, Any]]
) -> None:
    model = build(family, {**small[family], "precision": precision}).fit(checkerboard)

    rows = model.recommend(["u04", "u11"], 5)
    colours = rows["item_id"].str[1:].astype(int) % 2
    assert (colours == [0] * 5 + [1] * 5).mean() >= 0.8  # by chance 0.5
    assert model.score(["u04"]).dtype == np.float32


def test_only_float16_has_its_loss_scaled() -> None:
    device = torch.device("cpu")
    assert Session(device, torch.float16).scaler().is_enabled()
    assert not Session(device, torch.bfloat16).scaler().is_enabled()
    assert not Session(device, None).scaler().is_enabled()


def test_threads_and_random_numbers_of_the_process_are_left_as_they_were() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), torch_session(seed=1, threads=before + 1):
        assert torch.get_num_threads() == before + 1
        torch.rand(10)
        raise ZeroDivisionError

    assert torch.get_num_threads() == before
    assert torch.equal(torch.rand(3), expected)


def test_a_fit_without_pytorch_says_what_to_install(
    family: str,
    checkerboard: Dataset,
    small: dict[str, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    with pytest.raises(AisleError, match=rf"{family} is fitted with PyTorch.*make install"):
        build(family, small[family]).fit(checkerboard)


def test_the_families_are_there_without_importing_pytorch() -> None:
    code = "import sys, training.models.families; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
