"""BPR: matrix factorisation that learns to put what was bought above what was not."""

from scipy import sparse

from training.models.factors import FactorRecommender, Factors
from training.models.threads import one_blas_thread


class ImplicitBPR(FactorRecommender):
    """Rendle and others' pairwise ranking (UAI 2009), as the library `implicit` fits it.

    The last component is the item's bias, with which a user's one is multiplied. It is fitted on
    one thread, whatever the setting: each thread draws random numbers of its own, which changes
    the ranking by more than the noise between users.
    """

    family = "bpr"

    def factorise(self, history: sparse.csr_matrix, components: int) -> Factors:
        """Return the factors after `iterations` of stochastic gradient descent."""
        from implicit.bpr import BayesianPersonalizedRanking

        with one_blas_thread():
            model = BayesianPersonalizedRanking(
                factors=components,
                learning_rate=float(self.params["learning_rate"]),
                regularization=float(self.params["regularisation"]),
                iterations=int(self.params["iterations"]),
                num_threads=1,
                random_state=int(self.params["seed"]),
            )
            model.fit(history, show_progress=False)
        return Factors(model.user_factors, model.item_factors)
