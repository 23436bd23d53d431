-- For triggers and other languages: select * from fiber_work.enqueue('send-mail', '{"to": "…"}', queue => 'mails', unique_key => 'order:7').
-- The job exists when the transaction commits. It runs with the rights of who made the schema: `grant usage on schema` is all it takes.
create or replace function fw.enqueue(name text, input jsonb default null, queue text default 'default', id text default gen_random_uuid()::text,
  priority int default 5, delay_ms float8 default null, "group" text default null, unique_key text default null, version int default 1,
  out job_id text, out outcome text) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  _answer text;
begin
  if name is null or queue is null or id is null or concat(name, queue, id, "group", unique_key) ~ '[\x01-\x1f]'
    or greatest(length(name), length(queue), length(id), length("group"), length(unique_key)) > 255 or '' in (name, queue, id, unique_key) then
    raise exception 'FW_NAME_INVALID A name, queue, id, group or unique key is empty, has control characters, or more than 255 characters.' using errcode = 'FW001';
  end if;
  if priority is null or priority not between 0 and 9 then
    raise exception 'FW_JOB_INVALID priority is %; it must be from 0 to 9.', priority using errcode = 'FW001';
  end if;
  _answer := fn.enqueue_within(json_build_array(json_build_array(queue, "group")), id, array[1], array[9 - priority], name,
    '{"v":' || version || coalesce(',"d":' || input::text, '') || '}',
    case when unique_key is not null then json_build_object('unique', json_build_object('key', unique_key, 'mode', 'keep'))::text end,
    case when delay_ms is not null then array[delay_ms] end, null,
    case when unique_key is not null then json_build_array(json_build_array(1, unique_key, 'keep', null)) end);
  outcome := case left(_answer, 1) when 'a' then 'added' when 'd' then 'duplicate' when 'f' then 'full' end;
  job_id := coalesce(nullif(substr(_answer, 3), '')::jsonb->>'0', id);
end $$;
