"""The SQL of the task path. Batches travel as one JSON document and are unfolded by the server."""

from __future__ import annotations

from typing import LiteralString

#: One round trip, one commit: events, task rows and journal positions, or nothing at all if a row
#: has been changed by somebody else since it was read (`ok` is false then).
WRITE_EVENTS: LiteralString = """
WITH event_in AS MATERIALIZED (
  SELECT * FROM json_to_recordset(%(events)s::json) AS x(
    n int, t bigint, k text, m text, p int, r jsonb, v jsonb, l text, e text, y text,
    f text, s bigint, a bigint, st int, ts float8)
), task_in AS MATERIALIZED (
  SELECT * FROM json_to_recordset(%(tasks)s::json) AS x(
    id bigint, rev int, kind text, prog int, msg text, ret jsonb, done bool, picked bool,
    sess bigint, step int, ch text, ins text, ia float8)
), session_in AS MATERIALIZED (
  SELECT * FROM json_to_recordset(%(sessions)s::json) AS x(id bigint, prev bigint, pos bigint)
), locked_tasks AS MATERIALIZED (
  SELECT t.id, t.revision FROM rekuest_task t
  WHERE t.id = ANY(ARRAY(SELECT id FROM task_in)) ORDER BY t.id FOR UPDATE
), locked_sessions AS MATERIALIZED (
  SELECT j.id, j.last_pos FROM rekuest_journalsession j
  WHERE j.id = ANY(ARRAY(SELECT id FROM session_in)) ORDER BY j.id FOR UPDATE
), good AS MATERIALIZED (
  SELECT
    (SELECT count(*) FROM task_in) =
      (SELECT count(*) FROM locked_tasks l JOIN task_in i ON i.id = l.id AND i.rev = l.revision)
    AND (SELECT count(*) FROM session_in) =
      (SELECT count(*) FROM locked_sessions l JOIN session_in i
        ON i.id = l.id AND i.prev = l.last_pos) AS ok
), written AS (
  INSERT INTO rekuest_taskevent
    (task_id, kind, message, progress, returns, value, level, effect, key, reference,
     session_id, agent_pos, step, agent_ts, created_at)
  SELECT t, k, m, p, r, v, l, e, y, f, s, a, st, to_timestamp(ts), to_timestamp(%(now)s)
  FROM event_in, good WHERE good.ok ORDER BY n
  RETURNING id
), updated AS (
  UPDATE rekuest_task t SET
    latest_kind = i.kind, latest_progress = i.prog,
    latest_message = coalesce(i.msg, t.latest_message),
    latest_returns = coalesce(i.ret, t.latest_returns),
    is_done = i.done,
    picked_up_at = CASE WHEN i.picked
      THEN coalesce(t.picked_up_at, to_timestamp(%(now)s)) ELSE t.picked_up_at END,
    session_id = coalesce(i.sess, t.session_id),
    last_step = greatest(t.last_step, i.step),
    code_hash = coalesce(i.ch, t.code_hash),
    latest_instruct = i.ins,
    interrupt_at = CASE WHEN i.done THEN NULL
      WHEN i.ia IS NULL THEN t.interrupt_at ELSE to_timestamp(i.ia) END,
    revision = t.revision + 1,
    updated_at = to_timestamp(%(now)s),
    finished_at = CASE WHEN i.done
      THEN coalesce(t.finished_at, to_timestamp(%(now)s)) ELSE NULL END
  FROM task_in i, good
  WHERE t.id = i.id AND t.id = ANY(ARRAY(SELECT id FROM task_in)) AND good.ok
  RETURNING t.id
), moved AS (
  UPDATE rekuest_journalsession j SET last_pos = i.pos
  FROM session_in i, good
  WHERE j.id = i.id AND j.id = ANY(ARRAY(SELECT id FROM session_in)) AND good.ok
  RETURNING j.id
)
SELECT good.ok, (SELECT array_agg(id ORDER BY id) FROM written),
  (SELECT count(*) FROM updated), (SELECT count(*) FROM moved)
FROM good
"""

#: New tasks with their first event; one that exists already under one of its keys is not returned.
WRITE_TASKS: LiteralString = """
WITH draft AS MATERIALIZED (
  SELECT * FROM json_to_recordset(%(drafts)s::json) AS x(
    n int, org bigint, caller bigint, ref text, action bigint, impl bigint, agent bigint,
    root bigint, parent bigint, pstep int, ckey text, dep text, meth text, deps jsonb,
    resol bigint, args jsonb, ahash text, hooks jsonb, reqs jsonb, prompt jsonb, policy text,
    cap bool, step bool, nb float8, kind text, held jsonb, asked bigint, req text, rsess text)
), made AS (
  INSERT INTO rekuest_task (
    organization_id, caller_id, reference, action_id, implementation_id, agent_id, root_id,
    parent_id, parent_step, call_key, dependency, dependency_method, dependencies,
    resolution_id, args, args_hash, hooks, state_requires, prompt, policy, capture, step,
    not_before, latest_kind, latest_instruct, is_done, attempt, last_step, asked_by_id,
    request_id, request_session, revision, created_at, updated_at)
  SELECT org, caller, ref, action, impl, agent, root, parent, pstep, ckey, dep, meth,
    coalesce(deps, '{}'), resol, args, ahash, coalesce(hooks, '[]'), coalesce(reqs, '[]'),
    prompt, policy, coalesce(cap, false), step, to_timestamp(nb), kind, 'ASSIGN', false, 0, 0,
    asked, req, rsess, 0, to_timestamp(%(now)s), to_timestamp(%(now)s)
  FROM draft ORDER BY n
  ON CONFLICT DO NOTHING
  RETURNING id, caller_id, reference, latest_kind
), told AS (
  INSERT INTO rekuest_taskevent (task_id, kind, value, level, created_at)
  SELECT made.id, made.latest_kind,
    (SELECT held FROM draft WHERE caller = made.caller_id AND ref = made.reference LIMIT 1),
    'INFO', to_timestamp(%(now)s)
  FROM made ORDER BY made.id
  RETURNING id, task_id
)
SELECT made.id, made.caller_id, made.reference, told.id
FROM made JOIN told ON told.task_id = made.id
"""

TASK_COLUMNS: LiteralString = """
SELECT t.id, t.organization_id, o.slug, t.caller_id, u.sub, t.reference, t.action_id, a.hash,
  t.implementation_id, t.agent_id, coalesce(i.runs_at, i.interface), i.execution, i.effects,
  t.policy,
  t.latest_kind, t.latest_progress, t.picked_up_at IS NOT NULL, t.revision, t.last_step,
  t.created_at, t.root_id, t.parent_id, t.parent_step, t.call_key, t.asked_by_id, t.request_id,
  t.request_session, t.session_id, t.latest_instruct, t.code_hash, i.code_hash,
  i.retired_at IS NOT NULL, t.args_hash, t.dependency, t.dependency_method,
  t.args::text, t.state_requires::text, t.message, t.step, t.capture, t.resolution_id,
  t.not_before, t.prompt::text, t.dependencies::text, t.retries, t.hooks::text, a.kind = 'FUNCTION'
FROM rekuest_task t
JOIN rekuest_organization o ON o.id = t.organization_id
JOIN rekuest_task r ON r.id = coalesce(t.root_id, t.id)
JOIN rekuest_caller c ON c.id = r.caller_id
JOIN rekuest_user u ON u.id = c.user_id
JOIN rekuest_action a ON a.id = t.action_id
JOIN rekuest_implementation i ON i.id = t.implementation_id
"""

TASKS_BY_ID: LiteralString = TASK_COLUMNS + "WHERE t.id = ANY(%(ids)s)"

OPEN_TASKS_OF_AGENT: LiteralString = (
    TASK_COLUMNS + "WHERE t.agent_id = %(agent)s AND NOT t.is_done ORDER BY t.id"
)

OPEN_SUBTREE: LiteralString = (
    TASK_COLUMNS  # noqa: S608 - both parts are literals
    + """
WHERE NOT t.is_done AND t.id IN (
  WITH RECURSIVE below(id) AS (
    SELECT %(id)s::bigint
    UNION ALL
    SELECT k.id FROM rekuest_task k JOIN below b ON k.parent_id = b.id
  ) SELECT id FROM below)
ORDER BY t.id"""
)

OWED_CHILDREN: LiteralString = (
    TASK_COLUMNS
    + """
JOIN rekuest_task p ON p.id = t.parent_id
WHERE t.asked_by_id = %(agent)s AND t.request_session = %(session)s AND NOT p.is_done
ORDER BY t.id"""
)

TASK_BY_REFERENCE: LiteralString = (
    TASK_COLUMNS + "WHERE t.caller_id = %(caller)s AND t.reference = %(reference)s"
)

TASK_BY_CHILD_KEYS: LiteralString = (
    TASK_COLUMNS
    + """
WHERE (t.parent_id = %(parent)s AND (t.call_key = %(call_key)s OR t.parent_step = %(step)s))
   OR (t.caller_id = %(caller)s AND t.reference = %(reference)s)
ORDER BY (t.parent_id = %(parent)s AND t.call_key = %(call_key)s) IS NOT TRUE,
  (t.parent_id = %(parent)s AND t.parent_step = %(step)s) IS NOT TRUE, t.id
LIMIT 1"""
)

EVENTS_OF_TASKS: LiteralString = """
SELECT id, task_id, kind, message, progress, returns::text, value::text, level, reference,
  created_at
FROM rekuest_taskevent WHERE task_id = ANY(%(ids)s) ORDER BY id
"""

EFFECTS_OF_TASKS: LiteralString = """
SELECT e.task_id, e.key, e.effect, e.value::text
FROM rekuest_taskevent e WHERE e.task_id = ANY(%(ids)s) AND e.kind = 'EFFECT' ORDER BY e.id
"""

LAST_CHILD_STEPS: LiteralString = """
SELECT parent_id, max(parent_step) FROM rekuest_task
WHERE parent_id = ANY(%(ids)s) GROUP BY parent_id
"""

SESSION_POSITIONS: LiteralString = """
SELECT id, session_id, last_pos, gap_pos FROM rekuest_journalsession
WHERE agent_id = %(agent)s AND session_id = %(session)s
"""

ADD_SESSION: LiteralString = """
INSERT INTO rekuest_journalsession (agent_id, session_id, last_pos, gap_pos, states_rev, created_at)
VALUES (%(agent)s, %(session)s, 0, 0, 0, clock_timestamp())
ON CONFLICT (agent_id, session_id) DO UPDATE SET session_id = excluded.session_id
RETURNING id, session_id, last_pos, gap_pos
"""

NOTE_GAP: LiteralString = """
UPDATE rekuest_journalsession SET gap_pos = %(gap)s WHERE id = %(id)s
"""

ADD_DEAD_LETTER: LiteralString = """
INSERT INTO rekuest_deadletter (agent_id, session_id, pos, task_id, reason, frame, size, created_at)
VALUES (%(agent)s, %(session)s, %(pos)s, %(task)s, %(reason)s, %(frame)s, %(size)s,
  clock_timestamp())
"""

DROP_DEAD_LETTER: LiteralString = "DELETE FROM rekuest_deadletter WHERE id = %(id)s"

CONFIRM_INSTRUCTS: LiteralString = """
UPDATE rekuest_instruct SET confirmed_at = clock_timestamp()
WHERE task_id = %(task)s AND kind = ANY(%(kinds)s) AND confirmed_at IS NULL
"""

ADD_INSTRUCT: LiteralString = """
INSERT INTO rekuest_instruct (task_id, agent_id, kind, step, caller_id, created_at)
VALUES (%(task)s, %(agent)s, %(kind)s, %(step)s, %(caller)s, clock_timestamp())
"""

OPEN_INSTRUCTS_OF_AGENT: LiteralString = """
SELECT t.id, t.retries, i.kind, i.step FROM rekuest_instruct i
JOIN rekuest_task t ON t.id = i.task_id AND NOT t.is_done
WHERE i.agent_id = %(agent)s AND i.confirmed_at IS NULL ORDER BY i.id
"""

#: Back to before the pick-up, at an agent; what the old one still says of the task is not its own.
REBIND: LiteralString = """
UPDATE rekuest_task SET agent_id = %(agent)s, implementation_id = %(implementation)s,
  picked_up_at = NULL, session_id = NULL, code_hash = NULL, attempt = attempt + 1,
  prompt = coalesce(%(prompt)s::jsonb, prompt)
WHERE id = %(task)s
"""

#: The rules of an organization for tasks that fail, with what a person who is asked has to know.
RETRY_RULES: LiteralString = """
SELECT t.id, rule.max_retries, rule.retry_seconds, rule.retry_on::text,
  t.latest_returns IS NOT NULL, coalesce(g.given_name, g.name),
  (SELECT coalesce(jsonb_object_agg(s.interface, s.value), '{}')::text FROM rekuest_state s
   WHERE s.agent_id = t.agent_id AND s.retired_at IS NULL)
FROM rekuest_task t
JOIN rekuest_agent g ON g.id = t.agent_id
JOIN LATERAL (
  SELECT p.* FROM rekuest_runpolicy p
  WHERE p.organization_id = t.organization_id
    AND (p.action_id = t.action_id OR p.action_id IS NULL)
  ORDER BY p.action_id NULLS LAST LIMIT 1
) rule ON rule.max_retries > 0
WHERE t.id = ANY(%(ids)s)
"""

#: Back to before the pick-up, at the same agent, under the name of the next run.
RETRY: LiteralString = """
UPDATE rekuest_task SET picked_up_at = NULL, session_id = NULL, code_hash = NULL,
  retries = %(retries)s, not_before = to_timestamp(%(at)s),
  prompt = coalesce(%(prompt)s::jsonb, prompt)
WHERE id = %(task)s
"""

PUT_OUTBOX: LiteralString = """
INSERT INTO rekuest_outbox (agent_id, task_id, kind, frame, created_at)
VALUES (%(agent)s, %(task)s, %(kind)s, %(frame)s::jsonb, clock_timestamp())
"""

OUTBOX_OF_AGENT: LiteralString = """
SELECT id, task_id, kind, frame::text FROM rekuest_outbox WHERE agent_id = %(agent)s ORDER BY id
"""

DROP_OUTBOX_OF_TASK: LiteralString = """
DELETE FROM rekuest_outbox WHERE task_id = %(task)s AND kind = 'DECIDE'
"""
