"""A task's command as it is run by hand: every template of a DAG file has a value."""

from benchmarks.dag_tasks import DagTask


def test_parameters_that_airflow_asks_for_are_small_ones() -> None:
    command = (
        "aisle tune plan --run {{ run_id | safe_id }} --recipes '{{ params.recipes }}' "
        "--trials {{ params.trials }}"
    )
    task = DagTask("tune_recommender", "plan", command)

    assert task.rendered("by-hand")[4:] == [
        "by-hand",
        "--recipes",
        "personal_frequency",
        "--trials",
        "1",
    ]
    assert task.words == ["aisle", "tune", "plan"]


def test_a_mapped_task_gets_its_value() -> None:
    task = DagTask("d", "trial", 'aisle tune trial --trial "$AISLE_TRIAL"', is_mapped=True)

    assert task.rendered("r", "personal_frequency:0")[-1] == "personal_frequency:0"
