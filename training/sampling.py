"""A small sample of users that stands for all: for quick loops, where judging everybody is dear.

Users are drawn within strata of activity and of what they told about themselves, in proportion, so
that no kind of user is missed by chance; each stands for as many as its stratum's weight says.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.errors import AisleError
from aisle.core.feature_values import Counts, expanded, read_texts
from training.bootstrap import Interval
from training.dataset import Dataset
from training.folds import CONSENT, TOLD_OF_USERS
from training.segments import segments
from training.split import Truth, kept_entries

SEED = 0
SMALLEST = 20  # a stratum with fewer users is joined with the rest of its segment
MOST_VALUES = 20  # an attribute with more of them tells nobody's kind
UNKNOWN = "unknown"
TWO_SIDED = 1.96  # standard errors that hold a mean with 95% confidence


@dataclass(frozen=True)
class Sample:
    """Users drawn without replacement from `strata`, of all users who can be judged."""

    users: np.ndarray  # indices, in order
    strata: np.ndarray  # of these users: codes
    sizes: np.ndarray  # of all judged users in each stratum

    def estimate(self, values: np.ndarray) -> Interval:
        """Return what one value per sampled user, none missing, says of the mean over all.

        The bounds are normal, with the variance of a stratified sample without replacement
        (Cochran, "Sampling techniques", 3rd ed., 1977, 5.4-5.6).
        """
        total = self.sizes.sum()
        if total == 0:
            return Interval(float("nan"), float("nan"), float("nan"))
        mean = variance = 0.0
        for stratum, size in enumerate(self.sizes):
            drawn = values[self.strata == stratum]
            share = size / total
            mean += share * drawn.mean()
            if drawn.size > 1:
                left = 1 - drawn.size / size
                variance += share**2 * left * drawn.var(ddof=1) / drawn.size
        error = TWO_SIDED * float(np.sqrt(variance))
        return Interval(float(mean), float(mean) - error, float(mean) + error)


def stratified_sample(
    dataset: Dataset, judged_users: np.ndarray, size: int, *, seed: int = SEED
) -> Sample:
    """Return about `size` of the judged users, two at least of each stratum; all if there are less.

    Strata are new, light and heavy users, by the value of the attribute most users told.
    """
    if size < 1:
        raise AisleError(f"A sample of {size} users says nothing: ask for at least one.")
    codes, sizes = _strata(dataset, judged_users)
    random = np.random.default_rng(seed)
    chosen = []
    for stratum, count in enumerate(sizes):
        members = np.flatnonzero(codes == stratum)
        share = round(size * count / judged_users.size)
        chosen.append(random.permutation(members)[: min(count, max(share, 2))])
    places = np.sort(np.concatenate(chosen)) if chosen else np.empty(0, dtype=np.intp)
    return Sample(judged_users[places], codes[places], sizes)


def sampled(truth: Truth, sample: Sample) -> Truth:
    """Return the truth of the sample's users alone."""
    is_drawn = np.zeros(truth.relevant.shape[0], dtype=bool)
    is_drawn[sample.users] = True
    kept: sparse.csr_matrix = kept_entries(
        truth.relevant, np.repeat(is_drawn, np.diff(truth.relevant.indptr))
    )
    return replace(truth, relevant=kept)


def _strata(dataset: Dataset, judged_users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the stratum of each judged user, and how many are in each."""
    activity = pd.Series(segments(dataset, judged_users)[judged_users])
    told = pd.Series(told_segment(dataset)[judged_users])
    names = activity + ":" + told
    is_small = names.map(names.value_counts()) < SMALLEST
    codes, _ = pd.factorize(names.where(~is_small, activity), sort=True)
    return codes, np.bincount(codes) if codes.size else np.empty(0, dtype=int)


def told_segment(dataset: Dataset) -> np.ndarray:
    """Return each user's value of the attribute most users told, `unknown` without one."""
    features = dataset.user_features
    told = [name for name in features if name in TOLD_OF_USERS - {CONSENT}]
    columns = expanded({str(name): features[name] for name in told}, Counts())
    texts = {
        name: pd.Series(list(read_texts(values, name, Counts())), dtype=object)
        for name, values in columns.items()
    }
    useful = [values for values in texts.values() if 1 < values.nunique() <= MOST_VALUES]
    if not useful:
        return np.full(dataset.user_ids.size, UNKNOWN, dtype=object)
    best = max(useful, key=lambda values: (values.notna().sum(), -values.nunique()))
    return best.fillna(UNKNOWN).to_numpy(dtype=object)
