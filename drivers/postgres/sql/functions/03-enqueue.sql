-- Write jobs down, in this transaction. `_places` are the queues and groups ([[queue, group], …]); the other arguments have one entry a
-- job, texts parted by U+001E: `_p` the number of its place, and null as a whole what no job has. `_unique` is [[job, key, mode, forMs], …].
-- Answers a letter each, a added, r replaced, f full, d duplicate, and behind a blank JSON of the ids that hold the keys.
create or replace function fn.enqueue_in(_places json, _ids text, _p int[], _ranks int[], _names text, _bodies text, _extras text, _ins float8[], _ats float8[], _unique json, _always boolean) returns text language plpgsql as $$
declare
  _qs int[] := '{}';
  _lines bigint[] := '{}';
  _grouped boolean := false;
  _place record;
  _q int;
  _answer text;
begin
  for _place in select value->>0 as queue, value->>1 as grp from json_array_elements(_places) loop
    _q := fn.queue_of(_place.queue);
    _qs := _qs || _q;
    _lines := _lines || fn.line_of(_q, _place.grp);
    _grouped := _grouped or _place.grp is not null;
  end loop;
  if not _always then
    perform fn.hold_shared('ring/' || q) from (select distinct unnest(_qs) as q order by 1) as held;
  end if;
  perform fn.hold('depth/' || q) from (select q from fw.queue where q = any(_qs) and limits ? 'depthMax' order by q) as bound;
  if found or _unique is not null then
    _answer := fn.enqueue_each(_qs, _lines, _ids, _p, _ranks, _names, _bodies, _extras, _ins, _ats, _unique, fn.now_ms(), _always);
  else
    _answer := fn.enqueue_all(_qs, _lines, _ids, _p, _ranks, _names, _bodies, _extras, _ins, _ats);
  end if;
  if _grouped then
    insert into fw.stir (q, line) select l.q, l.line from fw.line l where l.line = any(_lines) and l.grouped;
  end if;
  perform fn.ring(_qs, _always);
  return _answer;
end $$;

-- Undefined for now.
create or replace function fn.due_of(_in float8, _at float8, _now bigint) returns bigint language sql immutable as $$
  select case when _in is not null then case when _in > 0 then least(ceil(_now + _in), 9007199254740991)::bigint end
    when _at > _now then least(ceil(_at), 9007199254740991)::bigint end
$$;

-- Jobs that nothing but their id can be in the way of: one statement for all.
create or replace function fn.enqueue_all(_qs int[], _lines bigint[], _ids text, _p int[], _ranks int[], _names text, _bodies text, _extras text, _ins float8[], _ats float8[]) returns text language plpgsql as $$
declare
  _answer text;
begin
  with clock as materialized (
    select fn.now_ms() as now
  ), given as materialized (
    select nextval('fw.seq') as n, j.* from unnest(string_to_array(_ids, e'\x1e'), _p, _ranks, string_to_array(_names, e'\x1e'),
      _ins, _ats, string_to_array(_extras, e'\x1e'), string_to_array(_bodies, e'\x1e'))
      with ordinality as j(id, p, rank, name, "in", at, extra, body, ord)
  ), added as (
    insert into fw.job (n, id, q, line, rank, name, at, due, extra, body)
    select n, coalesce(id, ''), _qs[p], _lines[p], rank, coalesce(name, ''), now, fn.due_of("in", g.at, now), nullif(extra, ''), coalesce(body, '')
    from given g, clock
    on conflict (id) do nothing
    returning n, q, line, rank, due, at
  ), ready as (
    insert into fw.ready (line, rank, pos, n, since, attempts, crashes)
    select line, rank, n, n, at, 0, 0 from added where due is null
  ), delayed as (
    insert into fw.delayed (n, q, line, rank, due, attempts, crashes)
    select n, q, line, rank, due, 0, 0 from added where due is not null
  )
  select case when (select count(*) from added) = (select count(*) from given)
    then (select repeat('a', count(*)::int) from given)
    else (select string_agg(case when exists (select 1 from added a where a.n = g.n) then 'a' else 'd' end, '' order by g.ord) from given g) end
  into _answer;
  return _answer;
end $$;

-- Job by job, where a unique key or a full queue may be in the way: first the id is looked at, then the key, then the depth.
create or replace function fn.enqueue_each(_qs int[], _lines bigint[], _ids text, _p int[], _ranks int[], _names text, _bodies text, _extras text, _ins float8[], _ats float8[], _unique json, _now bigint, _always boolean) returns text language plpgsql as $$
declare
  _letters text := '';
  _holders jsonb := '{}';
  _room jsonb := '{}';
  _job record;
  _holder fw.key;
  _letter text;
  _n bigint;
  _due bigint;
  _q int;
begin
  if not _always then
    -- In one order, so that two batches of the same keys do not wait for each other.
    perform fn.hold('key/' || bucket) from (
      select distinct abs(hashtextextended(_qs[_p[(value->>0)::int]] || '/' || (value->>1), 0) % 64) as bucket
      from json_array_elements(_unique) order by 1) as held;
  end if;
  select coalesce(jsonb_object_agg(q, (limits->>'depthMax')::bigint - fn.waiting_in(q)), '{}') into _room
  from fw.queue where q = any(_qs) and limits ? 'depthMax';
  for _job in select coalesce(j.id, '') as id, j.p, j.rank, coalesce(j.name, '') as name, j."in", j.at, nullif(j.extra, '') as extra,
      coalesce(j.body, '') as body, u.value->>1 as ukey, u.value->>2 as mode, (u.value->>3)::float8 as for_ms
      from unnest(string_to_array(_ids, e'\x1e'), _p, _ranks, string_to_array(_names, e'\x1e'),
        _ins, _ats, string_to_array(_extras, e'\x1e'), string_to_array(_bodies, e'\x1e'))
        with ordinality as j(id, p, rank, name, "in", at, extra, body, ord)
      left join json_array_elements(_unique) as u on (u.value->>0)::int = j.ord order by ord loop
    _q := _qs[_job.p];
    _letter := 'a';
    if exists (select 1 from fw.job where id = _job.id) then
      _letters := _letters || 'd';
      continue;
    end if;
    if _job.ukey is not null then
      select * into _holder from fw.key where q = _q and key = _job.ukey and (until is null or until > _now);
      if found then
        if _job.mode = 'keep' or not fn.leave_waiting(_holder.n) then
          _letters := _letters || 'd';
          _holders := _holders || jsonb_build_object(length(_letters) - 1, _holder.id);
          continue;
        end if;
        perform fn.forget(_holder.n);
        _room := case when _room ? _q::text then _room || jsonb_build_object(_q, (_room->>_q::text)::bigint + 1) else _room end;
        _letter := 'r';
      end if;
    end if;
    if _letter = 'a' and (_room->>_q::text)::bigint <= 0 then
      _letters := _letters || 'f';
      continue;
    end if;
    _n := nextval('fw.seq');
    _due := fn.due_of(_job."in", _job.at, _now);
    if _job.ukey is not null then
      -- Somebody else's, whose transaction we had to wait for, may hold the key by now.
      insert into fw.key as k (q, key, n, id, until) values (_q, _job.ukey, _n, _job.id, ceil(_now + _job.for_ms)::bigint)
      on conflict (q, key) do update set n = excluded.n, id = excluded.id, until = excluded.until
        where k.until <= _now or k.n = _holder.n;
      if not found then
        select * into _holder from fw.key where q = _q and key = _job.ukey;
        _letters := _letters || 'd';
        _holders := _holders || jsonb_build_object(length(_letters) - 1, _holder.id);
        continue;
      end if;
    end if;
    insert into fw.job (n, id, q, line, rank, name, at, due, ukey, extra, body)
    values (_n, _job.id, _q, _lines[_job.p], _job.rank, _job.name, _now, _due, _job.ukey, _job.extra, _job.body)
    on conflict (id) do nothing;
    if not found then
      delete from fw.key where q = _q and key = _job.ukey and n = _n;
      _letters := _letters || 'd';
      continue;
    end if;
    if _due is null then
      insert into fw.ready (line, rank, pos, n, since, attempts, crashes) values (_lines[_job.p], _job.rank, _n, _n, _now, 0, 0);
    else
      insert into fw.delayed (n, q, line, rank, due, attempts, crashes) values (_n, _q, _lines[_job.p], _job.rank, _due, 0, 0);
    end if;
    _room := case when _room ? _q::text then _room || jsonb_build_object(_q, (_room->>_q::text)::bigint - 1) else _room end;
    _letters := _letters || _letter;
  end loop;
  return _letters || case when _holders = '{}' then '' else ' ' || _holders::text end;
end $$;

create or replace function fn.enqueue(_s bigint, _lane int, _seq bigint, _places json, _ids text, _p int[], _ranks int[], _names text, _bodies text, _extras text, _ins float8[], _ats float8[], _unique json) returns text language plpgsql {fast} as $$
declare
  _answer text := fn.recall(_s, _lane, _seq, 'enqueue');
begin
  if _answer is null then
    _answer := fn.enqueue_in(_places, _ids, _p, _ranks, _names, _bodies, _extras, _ins, _ats, _unique, false);
    perform fn.remember(_s, _lane, _seq, 'enqueue', _answer);
  end if;
  return _answer;
end $$;

-- In a transaction of the user's: nobody waits for it, and it rings when it commits.
create or replace function fn.enqueue_within(_places json, _ids text, _p int[], _ranks int[], _names text, _bodies text, _extras text, _ins float8[], _ats float8[], _unique json) returns text language plpgsql {fast} as $$
begin
  return fn.enqueue_in(_places, _ids, _p, _ranks, _names, _bodies, _extras, _ins, _ats, _unique, true);
end $$;
