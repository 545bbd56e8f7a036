-- One database and one role for each of Airflow and MLflow; neither can connect to the other's.
-- Runs once, when the data folder is new. The passwords come from the environment.
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv mlflow_password MLFLOW_DB_PASSWORD

create role airflow login nosuperuser nocreatedb nocreaterole password :'airflow_password';
create role mlflow login nosuperuser nocreatedb nocreaterole password :'mlflow_password';

create database airflow owner airflow;
create database mlflow owner mlflow;

revoke all on database airflow from public;
revoke all on database mlflow from public;
revoke all on database postgres from public;
