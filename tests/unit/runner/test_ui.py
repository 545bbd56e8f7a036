"""What `aisle ui` tells while it keeps everything up."""

from aisle.core.settings import Settings
from aisle.runner.airflow_settings import kept_airflow_environment
from aisle.runner.ui import UNANSWERED_VISITS, Visits
from aisle.runner.ui_services import MLFLOW, Page, wanted_ports


def _page(answers: list[bool], title: str = "MLflow", **options) -> Page:
    return Page(title, "http://127.0.0.1:5000", (), lambda: answers.pop(0), **options)


def test_one_visit_without_answer_is_nothing_to_tell():
    visits = Visits({"MLflow"})
    page = _page([False, True, False])
    assert [visits.knock([page]) for _ in range(3)] == [[], [], []]


def test_a_page_that_stays_silent_is_told_once_and_again_when_it_answers():
    visits = Visits({"MLflow"})
    page = _page([False] * (UNANSWERED_VISITS + 1) + [True])
    told = [line for _ in range(UNANSWERED_VISITS + 2) for line in visits.knock([page])]
    assert told == [
        "MLflow does not answer on http://127.0.0.1:5000",
        "MLflow answers on http://127.0.0.1:5000",
    ]


def test_a_page_that_cannot_answer_yet_is_left_alone_and_then_announced():
    visits, can_answer = Visits(set()), [False, True]
    page = _page([True], can_answer=lambda: can_answer.pop(0))
    assert visits.knock([page]) == []
    assert visits.knock([page]) == ["MLflow answers on http://127.0.0.1:5000"]


def test_an_mlflow_elsewhere_needs_no_port_here():
    assert MLFLOW in wanted_ports(Settings())
    assert MLFLOW not in wanted_ports(Settings(mlflow_uri="http://mlflow.example.com"))


def test_timetables_and_retries_are_those_of_the_settings(settings: Settings):
    by_hand = kept_airflow_environment(settings, port=1)
    timed = kept_airflow_environment(Settings(schedules="on", task_retries=3), port=1)
    assert (by_hand["AISLE_SCHEDULES"], by_hand["AISLE_TASK_RETRIES"]) == ("off", "0")
    assert (timed["AISLE_SCHEDULES"], timed["AISLE_TASK_RETRIES"]) == ("on", "3")
