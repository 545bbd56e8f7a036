"""LightFM fits of one rival begin with an earlier training's embeddings and leave their own."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.models.base import Params
from training.models.content_start import ContentVectors
from training.models.kept_embeddings import FIT, Kept, Kind
from training.models.lightfm_fit import NOTHING, START, Embeddings, Start, fit_chosen
from training.models.lightfm_inputs import LightFMInputs
from training.models.transfer import Learned

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WarmStarts:
    """What the fits of one rival begin with, and where they keep what they learned."""

    origin: str | None  # the earlier training; None: all fits begin with nothing
    starts: Mapping[datetime, Path]  # kept embeddings by the cutoff of the fit
    keep_in: Path | None  # None: nothing is kept


@dataclass(frozen=True)
class LentStart:
    """The fits of one rival begin with what another shop learned of content; none is kept."""

    source: str  # the folder, as the recipe names it
    lent: ContentVectors
    keep_in: None = None

    @property
    def origin(self) -> str:
        """What a run says of the start."""
        return f"shop {self.source}"


_ACTIVE: ContextVar[WarmStarts | LentStart | None] = ContextVar("warm_starts", default=None)


@contextmanager
def warm_starts(starts: WarmStarts | LentStart) -> Iterator[None]:
    """Let every LightFM fit in this context begin so; without one, fits begin with nothing."""
    token = _ACTIVE.set(starts)
    try:
        yield
    finally:
        _ACTIVE.reset(token)


@dataclass
class WarmFit:
    """One fit, or the choice of its epochs: where it begins, and what it leaves.

    Outside of `warm_starts` there is neither.
    """

    kind: Kind
    family: str
    dataset: Dataset
    inputs: LightFMInputs
    params: Params
    _noted: Learned | None = field(default=None, init=False)
    _active: WarmStarts | LentStart | None = field(default_factory=_ACTIVE.get, init=False)

    def start(self) -> Start | None:
        """Return where LightFM begins: what is new has no start; None for nothing at all.

        Raises AisleError if the planned embeddings are gone, damaged or of a later time.
        """
        if self._active is None:
            return None
        if isinstance(self._active, LentStart):
            return self._from_another_shop(self._active)
        cutoff, origin = self.dataset.cutoff, self._active.origin
        if origin is None:
            log.info("the %s before %s begins with nothing", self.kind, cutoff)
            return None
        if cutoff not in self._active.starts:
            raise AisleError(
                f"No start was planned for a fit before {cutoff}: start a new training."
            )
        kept = Kept.read(self._active.starts[cutoff])
        self._refuse_unfit(kept)
        start = kept.learned.start(self.dataset, self.inputs)
        log.info(
            "the %s before %s begins with training %s as of %s: %d of %d vectors of users and "
            "their features, %d of %d of items",
            *(self.kind, cutoff, origin, kept.cutoff),
            *(_known(start.users), len(start.users), _known(start.items), len(start.items)),
        )
        return start

    def note(self, embeddings: Embeddings) -> None:
        """Remember the embeddings as the best so far; the next epoch overwrites them."""
        if self._active is not None and self._active.keep_in is not None:
            self._noted = Learned.of(self.dataset, self.inputs, embeddings)

    def keep(self) -> None:
        """Write what was noted last for the next training."""
        keep_in = self._active.keep_in if self._active is not None else None
        if keep_in is not None and self._noted is not None:
            kept = Kept(self.kind, self.family, self.dataset.cutoff, self._noted)
            kept.save(keep_in)

    @property
    def chosen(self) -> dict[str, str]:
        """What the choice of a number of epochs says of the start it was made for."""
        if self._active is None:
            return {}
        origin = self._active.origin
        if isinstance(self._active, LentStart):
            return {START: self._active.origin}
        return {START: NOTHING if origin is None else f"training {origin}"}

    def _from_another_shop(self, active: LentStart) -> Start:
        """Return the start that shared content gives; what users like is learned here."""
        self._refuse_length(active.lent.components)
        start = active.lent.start(self.dataset, self.inputs, active.source)
        log.info(
            "the %s before %s begins with %s: %d of %d active items share content with it",
            *(self.kind, self.dataset.cutoff, active.source),
            *(_known(start.items), self.inputs.pool.size),
        )
        return start

    def _refuse_unfit(self, kept: Kept) -> None:
        """Stop before weeks that this fit is judged on get into it, or vectors of other length."""
        if kept.cutoff > self.dataset.cutoff or (self.kind == FIT and kept.kind != FIT):
            raise AisleError(
                f"The {self.kind} before {self.dataset.cutoff} may not begin with a {kept.kind} "
                f"before {kept.cutoff}, which knows of later weeks: start a new training."
            )
        self._refuse_length(kept.components)

    def _refuse_length(self, components: int) -> None:
        if components != int(self.params["components"]):
            raise AisleError(
                f"The start of the {self.kind} before {self.dataset.cutoff} has vectors of "
                f"{components} components, not {self.params['components']}: start a new "
                "training."
            )


def fitted(
    family: str, dataset: Dataset, inputs: LightFMInputs, params: Params, *, threads: int = 1
) -> Embeddings:
    """Return the embeddings after the chosen number of epochs, from where the fit may begin."""
    fit = WarmFit(FIT, family, dataset, inputs, params)
    embeddings = fit_chosen(inputs, params, threads=threads, start=fit.start())
    fit.note(embeddings)
    fit.keep()
    return embeddings


def _known(rows: np.ndarray) -> int:
    return int((~np.isnan(rows[:, 0])).sum())
