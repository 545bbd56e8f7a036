from aisle.core.settings import Settings
from aisle.runner.mlflow_server import server_command, server_environment

WITH_PASSWORD = "postgresql://ada:se@cret@db/mlflow"


def test_a_password_is_in_the_environment_and_not_in_the_command():
    settings = Settings(mlflow_uri=WITH_PASSWORD)
    assert "se@cret" not in " ".join(server_command(5000))
    assert server_environment(settings)["MLFLOW_BACKEND_STORE_URI"] == WITH_PASSWORD
