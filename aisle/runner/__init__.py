"""Runs the whole chain once on a private Airflow and shows how it goes (`make run`)."""
