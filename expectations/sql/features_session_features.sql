select
    session_id,
    as_of_date,
    user_id,
    events,
    duration_seconds,
    as_of_date > $as_of as is_after_as_of,
    as_of_date < started_at + to_milliseconds(cast(duration_seconds * 1000 as bigint))
        as is_before_its_end
from features.session_features
