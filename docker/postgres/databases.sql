-- One database and one role for each of Airflow, MLflow and tunings; none can connect to another's.
-- Runs once, when the data folder is new. The passwords come from the environment.
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv mlflow_password MLFLOW_DB_PASSWORD
\getenv tuning_password TUNING_DB_PASSWORD

create role airflow login nosuperuser nocreatedb nocreaterole password :'airflow_password';
create role mlflow login nosuperuser nocreatedb nocreaterole password :'mlflow_password';
create role tuning login nosuperuser nocreatedb nocreaterole password :'tuning_password';

create database airflow owner airflow;
create database mlflow owner mlflow;
create database tuning owner tuning;

revoke all on database airflow from public;
revoke all on database mlflow from public;
revoke all on database tuning from public;
revoke all on database postgres from public;
