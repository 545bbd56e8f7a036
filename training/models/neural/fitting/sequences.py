"""Networks that read a user's history step by step: a recurrent one and a transformer."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from training.models.base import Params
from training.models.lightfm_fit import Vectors
from training.models.neural.course import Course
from training.models.neural.fitting.softmax_loss import multinomial_loss, some_columns
from training.models.neural.histories import GAPS, Histories
from training.models.neural.kept_steps import KeptSteps
from training.models.neural.session import Session, as_numpy
from training.models.neural.step_reader import STEP_SCALE, StepReader
from training.models.neural.vector_scores import starting_biases

USERS_AT_ONCE = 64
OF_ITEMS = ("items", "biases")  # weights that a scorer has


@dataclass(frozen=True)
class Steps:
    """Rows of steps on the device: rows x length, the last one at the end of each row."""

    items: Tensor  # of all steps, one after the other
    starts: Tensor  # rows * length: where each step's items begin
    is_step: Tensor  # rows x length: false before a row's first step
    gaps: Tensor  # rows x length: kind of pause before each step


class SequenceNet(nn.Module):
    """Sends steps as vectors through `read`; what comes out meets the items' vectors."""

    def __init__(self, biases: np.ndarray, params: Params) -> None:
        super().__init__()
        components = int(params["components"])
        self.items = nn.Parameter(torch.randn(biases.size, components) * components**-0.5 / 2)
        self.biases = nn.Parameter(torch.from_numpy(biases))
        self.gap = nn.Embedding(GAPS, components)
        nn.init.normal_(self.gap.weight, std=0.02)
        self.dropout = nn.Dropout(float(params["dropout"]))

    def forward(self, steps: Steps) -> Tensor:
        """Return rows x length x components: what is known of the user after each step."""
        pooled = embedding_bag(steps.items, self.items, steps.starts, mode="mean")
        vectors = STEP_SCALE * pooled.view(*steps.is_step.shape, -1) + self.gap(steps.gaps)
        return self.read(self.dropout(vectors), steps.is_step)

    @abstractmethod
    def read(self, vectors: Tensor, is_step: Tensor) -> Tensor:
        """Return rows x length x components from the same; no place may see what follows it."""


class RecurrentNet(SequenceNet):
    """GRU4Rec's way: a state that each step changes; `cell` is gru or lstm."""

    def __init__(self, biases: np.ndarray, params: Params) -> None:
        super().__init__(biases, params)
        components = int(params["components"])
        cell = {"gru": nn.GRU, "lstm": nn.LSTM}[str(params["cell"])]
        self.cell = cell(components, components, batch_first=True)

    def read(self, vectors: Tensor, is_step: Tensor) -> Tensor:
        """Return the states; places before the first step are zero vectors."""
        states: Tensor
        states, _ = self.cell(vectors * is_step[..., None])
        return states


class AttentionNet(SequenceNet):
    """SASRec's way: each step looks back at all steps before it."""

    def __init__(self, biases: np.ndarray, params: Params) -> None:
        super().__init__(biases, params)
        components = int(params["components"])
        self.heads = int(params["heads"])
        self.places = nn.Parameter(torch.randn(int(params["length"]), components) * 0.02)
        layer = nn.TransformerEncoderLayer(
            components,
            self.heads,
            2 * components,
            float(params["dropout"]),
            batch_first=True,
            norm_first=True,
        )
        layers = int(params["layers"])
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(components)

    def read(self, vectors: Tensor, is_step: Tensor) -> Tensor:
        """Return what each place made of itself and the steps before it."""
        length = vectors.shape[1]
        here = torch.eye(length, dtype=torch.bool, device=vectors.device)
        later = torch.ones_like(here).triu(1)
        # A place before the first step sees itself alone: to see nothing would give no number.
        is_hidden = (later[None] | ~is_step[:, None, :]) & ~here[None]
        mask = is_hidden.repeat_interleave(self.heads, dim=0)
        states: Tensor = self.norm(self.encoder(vectors + self.places[-length:], mask=mask))
        return states


NETS: dict[str, type[SequenceNet]] = {"gru4rec": RecurrentNet, "sasrec": AttentionNet}


class SequenceCourse(Course):
    """Learns to foretell, after each step, the items of the next one and of what follows soon."""

    def __init__(
        self,
        family: str,
        histories: Histories,
        pool: np.ndarray,
        params: Params,
        session: Session,
    ) -> None:
        super().__init__(params, session)
        self.family, self.pool = family, pool
        self.histories = histories
        self.length = int(params["length"])
        self.lessons = histories.lessons(self.length)
        counts = np.bincount(histories.items, minlength=pool.size)
        self.net: SequenceNet = NETS[family](starting_biases(counts), params)

    def examples(self) -> int:
        """Return how many runs of steps there are to learn from."""
        return len(self.lessons)

    def loss(self, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """Return how unlikely the next steps are, at a random part of all places of the runs."""
        lessons = self.lessons[chosen]
        steps = self.histories.read(lessons, self.length)
        is_foretold = (steps >= 0) & (steps + 1 >= lessons[:, 2:])
        is_foretold &= rng.random(steps.shape) < float(self.params["places_share"])
        columns = some_columns(self.pool.size, int(self.params["max_candidates"]), rng)
        foretold = self.histories.foretold(steps[is_foretold] + 1)[:, columns]
        places = self.session.tensor(np.flatnonzero(is_foretold))
        states = self.net(self._steps(steps)).flatten(0, 1)[places]
        at = self.session.tensor(columns)
        logits = states @ self.net.items[at].T + self.net.biases[at]
        return multinomial_loss(logits, foretold)

    def arrays(self) -> Iterator[np.ndarray]:
        """Yield the histories."""
        histories = self.histories
        yield from (histories.items, histories.starts, histories.seconds, histories.user_starts)

    @torch.inference_mode()
    def scorer(self) -> Vectors:
        """Return everybody's state after their last step, and the items' vectors."""
        self.net.eval()
        users = np.arange(self.histories.user_starts.size - 1)
        states = [
            as_numpy(self.net(self._steps(self.histories.latest(some, self.length)))[:, -1])
            for some in np.split(users, np.arange(USERS_AT_ONCE, users.size, USERS_AT_ONCE))
        ]
        return Vectors(np.concatenate(states), as_numpy(self.net.items), as_numpy(self.net.biases))

    def reader(self) -> StepReader:
        """Return what reads a visit without PyTorch: the other weights, and everybody's steps."""
        weights = {
            name: as_numpy(weight)
            for name, weight in self.net.state_dict().items()
            if name not in OF_ITEMS
        }
        steps = KeptSteps.of(self.histories, self.length)
        return StepReader(self.family, self.params, weights, steps)

    def _steps(self, steps: np.ndarray) -> Steps:
        """Return rows of steps as what the network takes."""
        flat = steps.ravel()
        is_step = flat >= 0
        first = np.where(is_step, flat, 0)
        items, counts = self.histories.items_of(first, first + is_step)
        tensor = self.session.tensor
        return Steps(
            items=tensor(items.astype(np.int64)),
            starts=tensor(np.cumsum(counts) - counts),
            is_step=tensor(steps >= 0),
            gaps=tensor(self.histories.gaps(steps)),
        )
