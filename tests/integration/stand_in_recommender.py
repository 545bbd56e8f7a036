"""A registered model with the signature of the real one: what it answers is easy to foresee."""

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

KNOWN = {"u1", "u2", "u3", "u4", "u5", "u6"}


class StandInRecommender(PythonModel):
    """Recommends p1, p2, …: `personal` to known users, `popular` to others."""

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, object] | None = None,
    ) -> pd.DataFrame:
        """Return k rows per request."""
        rows = [
            (user, f"p{rank}", 1 / rank, rank, "personal" if user in KNOWN else "popular")
            for user, k in zip(model_input["user_id"], model_input["k"], strict=True)
            for rank in range(1, k + 1)
        ]
        return pd.DataFrame(rows, columns=["user_id", "item_id", "score", "rank", "source"])


set_model(StandInRecommender())
