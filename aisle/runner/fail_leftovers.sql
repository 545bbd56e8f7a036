-- A killed run leaves rows that say it still goes on. Nobody else uses this database, and nothing
-- is running when this is executed, so whatever is unfinished will never finish.
update task_instance
set state = 'failed', end_date = current_timestamp
where
    state in (
        'scheduled',
        'queued',
        'running',
        'restarting',
        'up_for_retry',
        'up_for_reschedule',
        'deferred'
    );

update dag_run
set state = 'failed', end_date = current_timestamp
where state in ('queued', 'running');

update job
set state = 'failed', end_date = current_timestamp
where state = 'running';

-- An Asset event waiting for its consumer would start half a chain beside the new one.
delete from asset_dag_run_queue;
