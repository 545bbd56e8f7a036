"""Run by a Python that has nothing of ours: load models by address, print what they answer."""

import importlib.util
import json
import sys

OURS = ("aisle", "training", "lightfm", "feast", "duckdb", "airflow")
importable = [name for name in OURS if importlib.util.find_spec(name)]

import mlflow  # noqa: E402  (what is importable is asked before anything else could change it)
import pandas  # noqa: E402

asked = pandas.DataFrame({"user_id": ["u1", "nobody"], "k": [3, 2], "exclude": [["i1"], None]})
answers = {}
for address in sys.argv[1:]:
    model = mlflow.pyfunc.load_model(address)
    answers[address] = model.predict(asked).to_dict(orient="records")
found = {
    "importable": importable,
    "answers": answers,
    "code": sys.modules["training"].__file__,
    "imported": sorted(set(OURS) & set(sys.modules)),
}
sys.stdout.write(json.dumps(found) + "\n")
