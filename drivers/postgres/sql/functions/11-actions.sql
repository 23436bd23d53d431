-- The session that runs a job; the row is held until the transaction ends, so that it cannot be settled meanwhile.
create or replace function fn.runner_of(_n bigint) returns bigint language plpgsql as $$
declare
  _s bigint;
begin
  select r.s into _s from fw.session a join fw.running r on r.s = a.s and r.n = _n where a.state < 2 for update of r;
  return _s;
end $$;

create or replace function fn.retry(_ids text[]) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _id text;
  _job fw.job;
  _delayed fw.delayed;
  _answers text[] := '{}';
begin
  foreach _id in array _ids loop
    select * into _job from fw.job where id = _id;
    if not found then
      _answers := _answers || 'unknown'::text;
    elsif fn.runner_of(_job.n) is not null then
      _answers := _answers || 'running'::text;
    elsif exists (select 1 from fw.ended where n = _job.n) then
      if fn.take_key_again(_job, _now) then
        perform fn.leave_kept(_job.n);
        delete from fw.ended where n = _job.n;
        delete from fw.note where n = _job.n;
        perform fn.start_now(_job, 0, 0, _now);
        _answers := _answers || 'retried'::text;
      else
        _answers := _answers || 'duplicate'::text;
      end if;
    else
      delete from fw.delayed where n = _job.n returning * into _delayed;
      if found then
        perform fn.start_now(_job, _delayed.attempts, _delayed.crashes, _now);
      end if;
      _answers := _answers || 'waiting'::text;
    end if;
  end loop;
  return to_json(_answers);
end $$;

-- Behind those that are ready.
create or replace function fn.start_now(_job fw.job, _attempts int, _crashes int, _now bigint) returns void language plpgsql as $$
declare
  _pos bigint := nextval('fw.seq');
begin
  insert into fw.note (n, pos) values (_job.n, _pos) on conflict (n) do update set pos = excluded.pos;
  insert into fw.ready (line, rank, pos, n, since, attempts, crashes) values (_job.line, _job.rank, _pos, _job.n, _now, _attempts, _crashes);
  insert into fw.stir (q, line) select q, _job.line from fw.queue where q = _job.q and managed;
  perform fn.ring(array[_job.q], false);
end $$;

-- False when another job holds it.
create or replace function fn.take_key_again(_job fw.job, _now bigint) returns boolean language plpgsql as $$
begin
  if _job.ukey is null then
    return true;
  end if;
  insert into fw.key as k (q, key, n, id, until)
  values (_job.q, _job.ukey, _job.n, _job.id, ceil(_now + (_job.extra::json->'unique'->>'forMs')::float8)::bigint)
  on conflict (q, key) do update set n = excluded.n, id = excluded.id, until = excluded.until where k.until <= _now;
  return found or exists (select 1 from fw.key where q = _job.q and key = _job.ukey and n = _job.n);
end $$;

create or replace function fn.cancel(_ids text[]) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _id text;
  _n bigint;
  _waited record;
  _answer text;
  _answers text[] := '{}';
begin
  foreach _id in array _ids loop
    select n into _n from fw.job where id = _id;
    _answer := case when found then null else 'unknown' end;
    while _answer is null loop
      select t.attempts, t.crashes into _waited from fn.waits_with(_n) as t;
      if fn.leave_waiting(_n) then
        perform fn.end_cancelled(_n, null, coalesce(_waited.attempts, 0), coalesce(_waited.crashes, 0), 'cancelled', _now);
        _answer := 'cancelled';
      elsif fn.runner_of(_n) is not null then
        insert into fw.note (n, cancelling) values (_n, true) on conflict (n) do update set cancelling = true;
        _answer := 'cancelling';
      elsif exists (select 1 from fw.ended where n = _n) then
        _answer := 'settled';
      elsif not exists (select 1 from fw.job where n = _n) then
        _answer := 'unknown';
      end if;
    end loop;
    _answers := _answers || _answer;
  end loop;
  return to_json(_answers);
end $$;

create or replace function fn.waits_with(_n bigint, out attempts int, out crashes int) language plpgsql as $$
begin
  select r.attempts, r.crashes into attempts, crashes from fw.job j left join fw.note t on t.n = j.n
  join fw.ready r on r.line = j.line and r.rank = j.rank and r.pos = coalesce(t.pos, j.n) and r.n = j.n where j.n = _n;
  if not found then
    select d.attempts, d.crashes into attempts, crashes from fw.delayed d where d.n = _n;
  end if;
end $$;

create or replace function fn.remove(_ids text[]) returns json language plpgsql {fast} as $$
declare
  _id text;
  _n bigint;
  _answers text[] := '{}';
begin
  foreach _id in array _ids loop
    select n into _n from fw.job where id = _id;
    if not found then
      _answers := _answers || 'unknown'::text;
    elsif not fn.leave_waiting(_n) and fn.runner_of(_n) is not null then
      _answers := _answers || 'running'::text;
    else
      perform fn.forget(_n);
      _answers := _answers || 'removed'::text;
    end if;
  end loop;
  return to_json(_answers);
end $$;

create or replace function fn.set_paused(_names text[], _paused boolean) returns void language plpgsql as $$
declare
  _q int;
begin
  for _q in select fn.queue_of(name) from unnest(_names) as name order by 1 loop
    perform fn.hold('take/' || _q);
    update fw.queue set paused = _paused where q = _q;
    perform fn.ring(array[_q], true);
  end loop;
end $$;

-- Remove at most `_limit` jobs of a queue that are in one of the states, oldest first; never running ones.
create or replace function fn.purge(_name text, _states text[], _limit int) returns json language plpgsql {fast} as $$
declare
  _q int := (select q from fw.queue where name = _name);
  _now bigint := fn.now_ms();
  _left int := _limit;
  _gone bigint[];
  _code int;
begin
  if 'ready' = any(_states) then
    perform fn.promote(_q, 1000, _now);
    with gone as (
      delete from fw.ready where ctid = any(array(select h.tid from fw.line l cross join lateral (
        select r.ctid as tid from fw.ready r where r.line = l.line order by r.rank, r.pos limit _left for update skip locked) as h where l.q = _q limit _left))
      returning n)
    select array_agg(n) into _gone from gone;
    perform fn.forget(n) from unnest(_gone) as n;
    _left := _left - coalesce(cardinality(_gone), 0);
  end if;
  if 'delayed' = any(_states) then
    with gone as (
      delete from fw.delayed where n = any(array(select n from fw.delayed where q = _q and due > _now order by due limit _left for update skip locked)) returning n)
    select array_agg(n) into _gone from gone;
    perform fn.forget(n) from unnest(_gone) as n;
    _left := _left - coalesce(cardinality(_gone), 0);
  end if;
  for _code in select i + 1 from unnest(array['done', 'dead', 'cancelled', 'quarantined']) with ordinality as t(state, i) where state = any(_states) loop
    if _code = 2 then
      _gone := array(select d.n from fw.kept k, unnest(k.ns) with ordinality as d(n, i) where k.q = _q order by k.batch, d.i limit _left);
    else
      _gone := array(select n from fw.ended where q = _q and state = _code and state > 2 order by settled, n limit _left for update skip locked);
    end if;
    perform fn.forget(n) from unnest(_gone) as n;
    _left := _left - cardinality(_gone);
  end loop;
  return json_build_object('removed', _limit - _left, 'more',
    'ready' = any(_states) and exists (select 1 from fw.line l where l.q = _q and exists (select 1 from fw.ready r where r.line = l.line))
    or 'delayed' = any(_states) and exists (select 1 from fw.delayed where q = _q)
    or 'done' = any(_states) and exists (select 1 from fw.kept where q = _q and jobs > 0)
    or exists (select 1 from fw.ended where q = _q and state > 2 and (array['done', 'dead', 'cancelled', 'quarantined'])[state - 1] = any(_states)));
end $$;
