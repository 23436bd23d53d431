-- Where jobs are, and the ways between those places.

-- How many jobs of a queue wait.
create or replace function fn.waiting_in(_q int) returns bigint language plpgsql as $$
begin
  return (select count(*) from fw.line l join fw.ready r on r.line = l.line where l.q = _q)
    + (select count(*) from fw.delayed where q = _q);
end $$;

-- Take a job that waits out of the ready or delayed ones. False when it does not wait: it runs, has ended, or is just being taken.
create or replace function fn.leave_waiting(_n bigint) returns boolean language plpgsql as $$
begin
  delete from fw.ready r using fw.job j left join fw.note t on t.n = j.n
  where j.n = _n and r.line = j.line and r.rank = j.rank and r.pos = coalesce(t.pos, j.n) and r.n = _n;
  if found then
    return true;
  end if;
  delete from fw.delayed where n = _n;
  return found;
end $$;

-- A job and all that is known of it, its unique key too unless that has a time of its own.
create or replace function fn.forget(_n bigint) returns void language plpgsql as $$
begin
  delete from fw.key k using fw.job j where j.n = _n and k.q = j.q and k.key = j.ukey and k.n = _n and k.until is null;
  perform fn.leave_kept(_n);
  delete from fw.ended where n = _n;
  delete from fw.note where n = _n;
  delete from fw.job where n = _n;
end $$;

-- A job that waited, and waits no more, ends as cancelled.
create or replace function fn.end_cancelled(_n bigint, _started bigint, _attempts int, _crashes int, _reason text, _now bigint) returns void language plpgsql as $$
begin
  delete from fw.key k using fw.job j where j.n = _n and k.q = j.q and k.key = j.ukey and k.n = _n and k.until is null;
  insert into fw.ended (n, q, state, settled, started, attempts, crashes, text, progress)
  select j.n, j.q, 4, _now, _started, _attempts, _crashes, _reason, t.progress
  from fw.job j left join fw.note t using (n) where j.n = _n;
  delete from fw.note where n = _n;
end $$;

-- One more line of those that tell of a job's failures: the newest ten, fewer where they are long (src/base/failures.ts).
create or replace function fn.with_failure(_before text, _line text) returns text language plpgsql as $$
declare
  _lines text[] := coalesce(string_to_array(_before, E'\n'), '{}') || _line;
begin
  _lines := _lines[greatest(1, cardinality(_lines) - 9):];
  while cardinality(_lines) > 1 and length(array_to_string(_lines, E'\n')) > 65536 loop
    _lines := _lines[2:];
  end loop;
  return array_to_string(_lines, E'\n');
end $$;

-- Attempts that failed or were lost, each beside its job: whoever forgets the job, an older release too, forgets them. What has no error is none.
create or replace function fn.note_failures(_ns bigint[], _attempts int[], _errors text[], _now bigint) returns void language plpgsql as $$
begin
  update fw.job j set failures = fn.with_failure(j.failures, _now || ',' || f.attempt || ',' || to_json(f.error)::text)
  from unnest(_ns, _attempts, _errors) as f(n, attempt, error) where j.n = f.n and f.error is not null;
end $$;

-- Loaned jobs come back to their queue: at once to their old place, or `_behind` the others, or when they are due. One that somebody
-- wants cancelled is cancelled instead. They have left fw.running.
create or replace function fn.come_back(_ns bigint[], _started bigint[], _attempts int[], _crashes int[], _dues bigint[], _behind boolean[], _errors text[], _now bigint) returns void language plpgsql as $$
declare
  _qs int[];
begin
  perform fn.end_cancelled(b.n, b.started, b.attempts, b.crashes, 'cancelled', _now)
  from unnest(_ns, _started, _attempts, _crashes) as b(n, started, attempts, crashes) join fw.note t on t.n = b.n where t.cancelling;
  with back as materialized (
    select b.n, b.started, b.attempts, b.crashes, b.due, b.error, j.q, j.line, j.rank,
      case when b.behind and b.due is null then nextval('fw.seq') else b.n end as pos
    from unnest(_ns, _started, _attempts, _crashes, _dues, _behind, _errors) as b(n, started, attempts, crashes, due, behind, error)
    join fw.job j on j.n = b.n
    where not exists (select 1 from fw.ended e where e.n = b.n)
  ), noted as (
    insert into fw.note (n, pos, started, error) select n, nullif(pos, n), started, error from back
    on conflict (n) do update set pos = excluded.pos, started = excluded.started, error = coalesce(excluded.error, fw.note.error)
  ), ready as (
    insert into fw.ready (line, rank, pos, n, since, attempts, crashes)
    select line, rank, pos, n, _now, attempts, crashes from back where due is null
  ), delayed as (
    insert into fw.delayed (n, q, line, rank, due, attempts, crashes)
    select n, q, line, rank, due, attempts, crashes from back where due is not null
  ), stirred as (
    insert into fw.stir (q, line) select distinct b.q, b.line from back b join fw.queue u on u.q = b.q where u.managed
  )
  select array_agg(distinct q) into _qs from back;
  if _qs is not null then
    perform fn.ring(_qs, false);
  end if;
end $$;

-- Delayed jobs that are due become ready, oldest due time first, behind those that are ready already.
create or replace function fn.promote(_q int, _wanted int, _now bigint) returns void language plpgsql as $$
begin
  if not exists (select 1 from fw.delayed where q = _q and due <= _now) then
    return;
  end if;
  with due as materialized (
    delete from fw.delayed where n = any(array(
      select n from fw.delayed where q = _q and due <= _now order by due, n limit least(1000, _wanted + 250) for update skip locked))
    returning *
  ), placed as materialized (
    select d.*, nextval('fw.seq') as pos from (select * from due order by due, n) as d
  ), noted as (
    insert into fw.note (n, pos) select n, pos from placed on conflict (n) do update set pos = excluded.pos
  ), stirred as (
    insert into fw.stir (q, line) select distinct p.q, p.line from placed p join fw.queue u on u.q = p.q where u.managed
  )
  insert into fw.ready (line, rank, pos, n, since, attempts, crashes)
  select line, rank, pos, n, due, attempts, crashes from placed;
end $$;
