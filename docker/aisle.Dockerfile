# One image for Airflow, MLflow and serving: the locked environment and this repository.
FROM python:3.11.13-slim-bookworm AS environment
RUN apt-get update \
  && apt-get install --yes --no-install-recommends build-essential \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/aisle
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir uv==0.13.9
COPY requirements.lock ./
RUN .venv/bin/uv pip install --no-cache --python .venv/bin/python --no-deps --require-hashes --requirements requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY aisle aisle
COPY training training
COPY expectations expectations
RUN .venv/bin/uv pip install --no-cache --python .venv/bin/python --no-deps --editable . \
  && .venv/bin/python -m compileall -q .venv aisle training expectations

FROM python:3.11.13-slim-bookworm
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libgomp1 \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 aisle \
  && useradd --uid 10001 --gid aisle --no-create-home --shell /usr/sbin/nologin aisle \
  && install -d -o aisle -g aisle /var/lib/aisle /var/lib/airflow /var/lib/mlflow /var/log/airflow
COPY --from=environment /opt/aisle /opt/aisle
COPY dags /opt/aisle/dags
COPY dbt_project /opt/aisle/dbt_project
COPY feature_repo /opt/aisle/feature_repo
COPY docker/is_healthy.py /opt/aisle/docker/is_healthy.py
ENV PATH=/opt/aisle/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
WORKDIR /opt/aisle
USER aisle
CMD ["aisle", "--help"]
