-- How long each task of the chain took in its last good run, by Airflow's own database.
select
    dag_id || '.' || task_id as task,
    avg(duration) as seconds
from task_instance
where state = 'success'
group by task
