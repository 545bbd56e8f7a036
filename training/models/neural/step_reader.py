"""How a sequence network reads steps, with numpy alone: a recurrent cell, or attention."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from aisle.core.artifact import Array
from training.models.base import Params
from training.models.neural.kept_steps import KeptSteps, Rows

STEP_SCALE = 4.0  # a mean of many items' vectors is short
PREFIX = "net_"
NORM_EPSILON = 1e-5  # PyTorch's of a LayerNorm

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class StepReader:
    """A fitted network without its items' vectors, and the steps it has read."""

    family: str
    params: Params
    weights: Weights  # by PyTorch's names
    steps: KeptSteps

    def states(
        self, user_index: np.ndarray, visit: np.ndarray, item_vectors: np.ndarray
    ) -> np.ndarray:
        """Return what is known of users after a visit, users x components.

        user_index: -1 is a user nobody knows · visit: positions in the pool, the oldest first.
        """
        length = int(self.params["length"])
        rows = self.steps.rows(user_index, visit, item_vectors, length)
        vectors = STEP_SCALE * rows.vectors + self.weights["gap.weight"][rows.gaps]
        read = READERS[self.family]
        return read(Rows(vectors, rows.is_step, rows.gaps), self.weights, self.params)

    def arrays(self) -> dict[str, Array]:
        """Return what goes into an artifact."""
        return {**self.steps.arrays(), **{PREFIX + name: w for name, w in self.weights.items()}}

    @classmethod
    def restored(cls, family: str, params: Params, arrays: Mapping[str, Array]) -> "StepReader":
        """Return what `arrays` gave."""
        found = {
            name.removeprefix(PREFIX): array
            for name, array in arrays.items()
            if name.startswith(PREFIX)
        }
        return cls(family, params, found, KeptSteps.restored(arrays))


def recurrent(rows: Rows, weights: Weights, params: Params) -> np.ndarray:
    """Return the state after the last step; places before the first one are zero vectors."""
    inputs = rows.vectors * rows.is_step[..., None]
    inputs = inputs @ weights["cell.weight_ih_l0"].T + weights["cell.bias_ih_l0"]
    size = weights["cell.weight_hh_l0"].shape[1]
    state = np.zeros((inputs.shape[0], size), dtype=np.float32)
    memory = state.copy()
    for place in range(inputs.shape[1]):
        own = state @ weights["cell.weight_hh_l0"].T + weights["cell.bias_hh_l0"]
        if params["cell"] == "gru":
            state = _gru(inputs[:, place], own, state)
        else:
            state, memory = _lstm(inputs[:, place] + own, memory)
    return state.astype(np.float32)


def _gru(given: np.ndarray, own: np.ndarray, state: np.ndarray) -> np.ndarray:
    reset, update = (
        _sigmoid(a + b)
        for a, b in zip(np.split(given, 3, 1)[:2], np.split(own, 3, 1)[:2], strict=True)
    )
    new = np.tanh(np.split(given, 3, 1)[2] + reset * np.split(own, 3, 1)[2])
    mixed: np.ndarray = (1 - update) * new + update * state
    return mixed


def _lstm(gates: np.ndarray, memory: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    write, keep, new, show = np.split(gates, 4, 1)
    memory = _sigmoid(keep) * memory + _sigmoid(write) * np.tanh(new)
    return _sigmoid(show) * np.tanh(memory), memory


def attention(rows: Rows, weights: Weights, params: Params) -> np.ndarray:
    """Return what the last step made of itself and of the steps before it."""
    length = rows.is_step.shape[1]
    states = rows.vectors + weights["places"][-length:]
    here = np.eye(length, dtype=bool)
    later = np.triu(np.ones((length, length), dtype=bool), 1)
    is_hidden = (later[None] | ~rows.is_step[:, None, :]) & ~here[None]
    for layer in range(int(params["layers"])):
        of = _part(weights, f"encoder.layers.{layer}.")
        states = states + _attended(_norm(states, of, "norm1"), is_hidden, of, int(params["heads"]))
        inner = np.maximum(_linear(_norm(states, of, "norm2"), of, "linear1"), 0)
        states = states + _linear(inner, of, "linear2")
    last: np.ndarray = _norm(states[:, -1], weights, "norm").astype(np.float32)
    return last


def _attended(states: np.ndarray, is_hidden: np.ndarray, of: Weights, heads: int) -> np.ndarray:
    """Return what each place takes from those it may see, rows x length x components."""
    rows, length, size = states.shape
    projected = states @ of["self_attn.in_proj_weight"].T + of["self_attn.in_proj_bias"]
    parts = projected.reshape(rows, length, 3, heads, size // heads).transpose(2, 0, 3, 1, 4)
    query, key, value = parts  # each rows x heads x length x size of a head
    fit = query @ key.swapaxes(-1, -2) / np.sqrt(size // heads)
    fit = np.where(is_hidden[:, None], -np.inf, fit)
    share = np.exp(fit - fit.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    taken = (share @ value).transpose(0, 2, 1, 3).reshape(rows, length, size)
    return _linear(taken, of, "self_attn.out_proj")


def _linear(values: np.ndarray, of: Weights, name: str) -> np.ndarray:
    found: np.ndarray = values @ of[f"{name}.weight"].T + of[f"{name}.bias"]
    return found


def _norm(values: np.ndarray, of: Weights, name: str) -> np.ndarray:
    centred = values - values.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + NORM_EPSILON)
    found: np.ndarray = scaled * of[f"{name}.weight"] + of[f"{name}.bias"]
    return found


def _part(weights: Weights, prefix: str) -> dict[str, np.ndarray]:
    found = {name: array for name, array in weights.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): array for name, array in found.items()}


def _sigmoid(values: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp(-np.clip(values, -60, 60)))
    return found


READERS: dict[str, Callable[[Rows, Weights, Params], np.ndarray]] = {
    "gru4rec": recurrent,
    "sasrec": attention,
}
