"""Which earlier training's embeddings the fits of a warm-starting rival begin with; fixed once."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from aisle.core.errors import AisleError
from aisle.core.files import write_json
from aisle.core.windows import Windows
from training.folder import TrainingFolder, read_json
from training.models.content_start import ContentVectors
from training.models.families import family_named
from training.models.kept_embeddings import FIT, Kept, Kind
from training.models.warm_start import LentStart, WarmStarts, warm_starts
from training.recipes import Recipe
from training.results import read_result
from training.rivals import CHAMPION, Rivals

log = logging.getLogger(__name__)

WARM_START = "warm_start"
START_FROM = "start_from"  # a folder that another shop's `aisle train lend` wrote
VALIDATION = "validation"


@dataclass(frozen=True)
class Plan:
    """What the fits of one rival begin with."""

    origin: str | None  # the earlier training
    why: str  # it is none
    starts: Mapping[str, str] = field(default_factory=dict)  # cutoff: place among the trainings

    is_lent: bool = False  # whether `origin` is a folder of another shop

    def sentence(self, recipe: str) -> str:
        """What a log says of it."""
        if self.is_lent:
            return f"{recipe} starts from what another shop lent in {self.origin}."
        if self.origin is None:
            return f"{recipe} starts from nothing: {self.why}."
        return f"{recipe} starts from training {self.origin}."


@dataclass(frozen=True)
class _Found:
    """Kept embeddings whose content was read and is sound."""

    place: Path
    kind: Kind
    cutoff: datetime


def is_warm(recipe: Recipe) -> bool:
    """Tell whether a recipe wants to start warm; refuse one that cannot or does not say clearly."""
    stated = recipe.params.get(WARM_START, False)
    if not isinstance(stated, bool):
        raise AisleError(f"{WARM_START} of {recipe.name} is {stated!r}: say true or false.")
    if stated and not family_named(recipe.family).starts_warm:
        raise AisleError(
            f"{recipe.name} states {WARM_START}: true, but its family {recipe.family} cannot start "
            "warm: remove the line (training/models/README.md names those that can)."
        )
    return stated


def begins_somewhere(recipe: Recipe) -> bool:
    """Tell whether a recipe states what its fits are to begin with; refuse one that states both."""
    source = recipe.params.get(START_FROM)
    if source is None:
        return is_warm(recipe)
    if not isinstance(source, str) or not source:
        raise AisleError(f"{START_FROM} of {recipe.name} is {source!r}: name a folder.")
    if recipe.params.get(WARM_START, False):
        raise AisleError(
            f"{recipe.name} states {START_FROM} and {WARM_START}: true; a fit has one beginning: "
            "remove one of the two."
        )
    if not family_named(recipe.family).starts_warm:
        raise AisleError(
            f"{recipe.name} states {START_FROM}, but its family {recipe.family} cannot: remove the "
            "line (training/models/README.md names those that can)."
        )
    return True


def plan_starts(folder: TrainingFolder, rivals: Rivals, windows: Windows) -> None:
    """Write what each warm-starting rival begins with; no later step looks for it again."""
    plans = {
        recipe.name: asdict(
            lent_plan(folder, recipe)
            if START_FROM in recipe.params
            else plan(folder, recipe, _names(rivals, recipe), windows)
        )
        for recipe in rivals.recipes
        if begins_somewhere(recipe)
    }
    write_json(folder.starts, plans)


def read_plan(folder: TrainingFolder, recipe: str) -> Plan:
    """Return what `plan_starts` wrote of a rival."""
    command = f"aisle train recipes --run {folder.training_id}"
    plans = read_json(folder.starts, made_by=command)
    return Plan(**plans[recipe])


def said_of_starts(folder: TrainingFolder, rivals: Rivals) -> list[str]:
    """Return a sentence on each warm-starting rival."""
    return [
        read_plan(folder, recipe.name).sentence(recipe.name)
        for recipe in rivals.recipes
        if begins_somewhere(recipe)
    ]


def starting(folder: TrainingFolder, recipe: Recipe) -> AbstractContextManager[None]:
    """Let the fits of a rival begin as planned, and keep their embeddings in the training."""
    if not begins_somewhere(recipe):
        return nullcontext()
    planned = read_plan(folder, recipe.name)
    log.info(planned.sentence(recipe.name))
    if START_FROM in recipe.params:
        if planned.origin is None:
            return nullcontext()
        lent = ContentVectors.read(folder.lent(recipe.name))
        return warm_starts(LentStart(planned.origin, lent))
    trainings = folder.root.parent
    starts = {
        datetime.fromisoformat(moment): trainings / place
        for moment, place in planned.starts.items()
    }
    return warm_starts(WarmStarts(planned.origin, starts, folder.embeddings(recipe.name)))


def plan(folder: TrainingFolder, recipe: Recipe, names: tuple[str, ...], windows: Windows) -> Plan:
    """Return starts from the last training that has one for every fit; all fits or none.

    A number of epochs that was chosen from a warm start is too few for a cold one.
    `names`: what the recipe may have been called there.
    """
    reasons = []
    for training, place in _earlier(folder, names):
        try:
            found = list(_fitting(place, recipe))
            starts = {
                moment.isoformat(): _newest(found, name, moment)
                for name, moment in windows.cutoffs.items()
            }
        except AisleError as error:
            log.warning("%s does not start from training %s: %s", recipe.name, training, error)
            reasons.append(f"not from training {training}, {error}".rstrip("."))
            continue
        trainings = folder.root.parent
        return Plan(
            training,
            "",
            {moment: str(one.place.relative_to(trainings)) for moment, one in starts.items()},
        )
    reasons.append("no earlier training has kept embeddings of it")
    return Plan(None, reasons[0])


def lent_plan(folder: TrainingFolder, recipe: Recipe) -> Plan:
    """Return a start from another shop's content, copied: what is lent may change or go.

    The present champion's recipe goes on competing without it; any other one is refused.
    """
    source = str(recipe.params[START_FROM])
    try:
        lent = ContentVectors.read(Path(source).expanduser())
        if lent.components != int(recipe.params["components"]):
            raise AisleError(
                f"{source} has vectors of {lent.components} components and the recipe asks for "
                f"{recipe.params['components']}: state `components: {lent.components}`."
            )
    except AisleError as error:
        if recipe.name != CHAMPION:
            raise AisleError(f"{START_FROM} of {recipe.name}: {error}") from error
        return Plan(None, str(error).rstrip("."))
    lent.save(folder.lent(recipe.name))
    return Plan(source, "", is_lent=True)


def _names(rivals: Rivals, recipe: Recipe) -> tuple[str, ...]:
    """Return what a recipe may have been called; the champion's had another name once."""
    if recipe.name == CHAMPION and rivals.champion is not None:
        return (CHAMPION, rivals.champion.recipe.name)
    return (recipe.name,)


def _earlier(folder: TrainingFolder, names: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Yield the other trainings that judged the recipe and kept its embeddings, the last first."""
    found = []
    for root in folder.root.parent.glob("[!.]*"):
        other = TrainingFolder(root.name, root)
        for rank, name in enumerate(names):
            if root == folder.root or not other.embeddings(name).is_dir():
                continue
            if not (other.rival(name) / "metrics.json").is_file():
                continue  # it was killed before it had kept all
            try:
                ended_at = read_result(other, name).ended_at
            except (AisleError, KeyError, TypeError, ValueError) as error:
                log.warning(
                    "the result of %s in training %s is damaged: %s", name, root.name, error
                )
                continue
            found.append((ended_at, -rank, root.name, other.embeddings(name)))
    for _, _, training, place in sorted(found, reverse=True):
        yield training, place


def _fitting(place: Path, recipe: Recipe) -> Iterator[_Found]:
    """Yield what was kept in a folder, if a fit of the recipe can begin with it."""
    components = int(recipe.params["components"])
    for folder in sorted(place.glob("[!.]*")):
        kept = Kept.read(folder)
        if kept.family != recipe.family:
            raise AisleError(f"which fitted the family {kept.family} there, not {recipe.family}")
        if kept.components != components:
            raise AisleError(f"whose vectors have {kept.components} components, not {components}")
        yield _Found(folder, kept.kind, kept.cutoff)


def _newest(found: list[_Found], name: str, moment: datetime) -> _Found:
    """Return the newest that knows nothing of the weeks on which a fit is judged.

    How long a choice took was decided on the weeks after its cutoff, so only a choice begins with
    one.
    """
    known = [
        one for one in found if one.cutoff <= moment and (one.kind == FIT or name == VALIDATION)
    ]
    if not known:
        raise AisleError(f"which kept nothing from before {moment} ({name})")
    return max(known, key=lambda one: (one.cutoff, one.kind == FIT))
