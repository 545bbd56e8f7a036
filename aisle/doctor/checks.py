"""All looks of `aisle doctor`, in the order in which they are shown."""

from aisle.doctor import configuration, machine, stores, workspace
from aisle.doctor.findings import Check

CHECKS = (
    Check("python", machine.python),
    Check("compiler", machine.compiler),
    Check("packages", machine.packages),
    Check("memory", machine.memory),
    Check("settings", configuration.settings_names),
    Check("ports", configuration.ports),
    Check("workspace", workspace.room),
    Check("in use", workspace.users),
    Check("airflow", workspace.airflow),
    Check("landing zone", stores.landing),
    Check("bucket", stores.bucket),
    Check("warehouse", stores.warehouse),
    Check("published marts", stores.published),
    Check("features", stores.features),
    Check("mlflow address", configuration.mlflow_address),
    Check("mlflow database", stores.mlflow),
    Check("champion", stores.champion),
)
