"""Implicit ALS: weighted matrix factorisation, everything not bought counting a little as a no."""

from scipy import sparse

from training.models.factors import FactorRecommender, Factors
from training.models.threads import one_blas_thread


class ImplicitALS(FactorRecommender):
    """Hu, Koren and Volinsky's factorisation (ICDM 2008), as the library `implicit` fits it.

    The confidence in an entry is `alpha` times its log decayed frequency.
    """

    family = "als"

    def factorise(self, history: sparse.csr_matrix, components: int) -> Factors:
        """Return the factors after `iterations` of alternating least squares."""
        from implicit.als import AlternatingLeastSquares

        with one_blas_thread():
            model = AlternatingLeastSquares(
                factors=components,
                regularization=float(self.params["regularisation"]),
                alpha=float(self.params["alpha"]),
                iterations=int(self.params["iterations"]),
                num_threads=self.threads,
                random_state=int(self.params["seed"]),
            )
            model.fit(history, show_progress=False)
        return Factors(model.user_factors, model.item_factors)
