"""What ridge regressions share: a regularised inverse, and how items lean on it."""

import numpy as np
from scipy import linalg, sparse

BLOCK_ITEMS = 2048


def ridge_inverse(
    rows: sparse.csr_matrix, penalty: float, *, dtype: type[np.floating] = np.float32
) -> np.ndarray:
    """Return (XX' + λI)^-1, float32, of rows X and a penalty λ above zero; computed in `dtype`."""
    gram: np.ndarray = (rows @ rows.T).toarray().astype(dtype)
    gram[np.diag_indices_from(gram)] += dtype(penalty)
    if gram.size == 0:
        return gram.astype(np.float32)
    factor, _ = linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    (invert,) = linalg.get_lapack_funcs(("potri",), (factor,))
    inverse, failed = invert(factor, lower=1, overwrite_c=1)
    assert failed == 0, failed  # the factor's diagonal is at least the root of λ
    lower = np.tril(inverse.astype(np.float32, copy=False))
    whole: np.ndarray = lower + np.tril(lower, -1).T
    return whole


def leverages(by_item: sparse.csr_matrix, inverse: np.ndarray) -> np.ndarray:
    """Return x'(XX' + λI)^-1 x of each item's column x of X; `by_item`: items x rows of X."""
    values = np.zeros(by_item.shape[0], dtype=np.float32)
    for start in range(0, values.size, BLOCK_ITEMS):
        block = by_item[start : start + BLOCK_ITEMS]
        products = block.multiply(block @ inverse).sum(axis=1)
        values[start : start + BLOCK_ITEMS] = np.asarray(products).ravel()
    return values
