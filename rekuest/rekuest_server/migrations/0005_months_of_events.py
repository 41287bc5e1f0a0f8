"""The journal of events becomes a table per month; what is there stays where it is, as the first.

Nothing is copied: the old table is attached as it stands, which reads it once. The model does not
change. There is no way back but the copy of the database that an upgrade keeps.
"""

from django.db import migrations

SPLIT = """
DO $$
DECLARE
  last_id bigint;
  until timestamptz;
  first text;
BEGIN
  LOCK TABLE rekuest_taskevent IN ACCESS EXCLUSIVE MODE;
  SELECT greatest(max(id), pg_sequence_last_value(
      pg_get_serial_sequence('rekuest_taskevent', 'id')::regclass)),
    (date_trunc('month', greatest(max(created_at), now()) AT TIME ZONE 'UTC')
      + interval '1 month') AT TIME ZONE 'UTC'
    INTO last_id, until FROM rekuest_taskevent;
  first := 'rekuest_taskevent_until_' || to_char(until AT TIME ZONE 'UTC', 'YYYYMMDD');
  EXECUTE format('ALTER TABLE rekuest_taskevent RENAME TO %I', first);
  EXECUTE format('ALTER INDEX taskevent_task_id RENAME TO %I', first || '_task_id');
  EXECUTE format('ALTER INDEX taskevent_session_pos RENAME TO %I', first || '_session_pos');
  -- The tables of all months take their ids from one sequence.
  EXECUTE format('ALTER TABLE %I ALTER COLUMN id DROP IDENTITY', first);
  CREATE SEQUENCE rekuest_taskevent_id_seq;
  IF last_id IS NOT NULL THEN
    PERFORM setval('rekuest_taskevent_id_seq', last_id);
  END IF;
  EXECUTE format(
    'ALTER TABLE %I ALTER COLUMN id SET DEFAULT nextval(''rekuest_taskevent_id_seq'')', first);
  EXECUTE format(
    'CREATE TABLE rekuest_taskevent (LIKE %I INCLUDING DEFAULTS) PARTITION BY RANGE (created_at)',
    first);
  ALTER SEQUENCE rekuest_taskevent_id_seq OWNED BY rekuest_taskevent.id;
  CREATE INDEX taskevent_task_id ON rekuest_taskevent (task_id, id);
  EXECUTE format(
    'CREATE TABLE rekuest_taskevent_other (LIKE %I INCLUDING ALL)', first);
  EXECUTE format(
    'ALTER TABLE rekuest_taskevent ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)',
    first, until);
  ALTER TABLE rekuest_taskevent ATTACH PARTITION rekuest_taskevent_other DEFAULT;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("rekuest", "0004_limits_of_runs")]

    operations = [migrations.RunSQL(SPLIT)]
