-- Where a list looks for its jobs. What a queue and states tell is found by indexes that are there for the daily work: the places of a
-- queue, its kept batches, its failures, the loans. Where those are too many to be put in order, all jobs are walked from the newest on.

-- Numbers below `_before` that are in these places, newest first, after a look at `_look` of each; all of them from `_from` on are told.
-- `_ns` null: such jobs are too many, and not in order.
create or replace function fn.candidates(_filter jsonb, _states text[], _q int, _lines bigint[], _before bigint, _look int, _now bigint,
  out _ns bigint[], out _from bigint) language plpgsql {fast} as $$
declare
  -- So many numbers are put in order for one page.
  _few constant int := 5000;
  _some bigint[];
  _state text;
  _most int;
  _failed int[] := array(select i + 2 from unnest(array['dead', 'cancelled', 'quarantined']) with ordinality as t(state, i) where state = any(_states));
begin
  _ns := '{}'; _from := 0;
  if _filter ? 'idPrefix' then
    _some := array(select n from fw.job where id >= _filter->>'idPrefix' and id < _filter->>'idEnd' order by id limit _few + 1);
    if cardinality(_some) <= _few then
      _ns := array(select n from unnest(_some) as n where n < _before order by n desc limit _look);
      _from := case when cardinality(_ns) = _look then _ns[_look] else 0 end;
      return;
    end if;
  end if;
  if _filter ? 'errorText' then
    -- An error is told where a job has ended, or came back.
    _some := array(select n from fw.ended where n < _before order by n desc limit _look);
    _from := case when cardinality(_some) = _look then _some[_look] else 0 end;
    _ns := array(select n from fw.note where n < _before order by n desc limit _look);
    _from := greatest(_from, case when cardinality(_ns) = _look then _ns[_look] else 0 end);
    _ns := _ns || _some;
    return;
  end if;
  if _states is null then
    _ns := null;
    return;
  end if;
  if 'ready' = any(_states) then
    if _lines is null and _q is not null then
      _lines := array(select l.line from fw.line l cross join lateral (select 1 from fw.ready r where r.line = l.line limit 1) as r where l.q = _q limit 33);
      _lines := case when cardinality(_lines) <= 32 then _lines end;
    end if;
    -- Of one line, of the queue, or of all.
    _most := case when _lines is not null then (select count(*) from (select 1 from unnest(_lines) as l(line) cross join lateral (select 1 from fw.ready r where r.line = l.line limit _few + 1) as r limit _few + 1) as t)
      when _q is not null then (select count(*) from (select 1 from fw.line l cross join lateral (select 1 from fw.ready r where r.line = l.line limit _few + 1) as r where l.q = _q limit _few + 1) as t)
      else (select count(*) from (select 1 from fw.ready limit _few + 1) as t) end;
    if _most <= _few then
      _some := case when _lines is not null then array(select r.n from unnest(_lines) as l(line) cross join lateral (select n from fw.ready where line = l.line limit _few + 1) as r where r.n < _before order by r.n desc limit _look)
        when _q is not null then array(select r.n from fw.line l cross join lateral (select n from fw.ready where line = l.line limit _few + 1) as r where l.q = _q and r.n < _before order by r.n desc limit _look)
        else array(select n from fw.ready where n < _before order by n desc limit _look) end;
      _ns := _ns || _some;
      _from := greatest(_from, case when cardinality(_some) = _look then _some[_look] else 0 end);
    elsif _lines is null then
      _ns := null;
      return;
    else
      -- A job that was never moved stands at its number; the places of those that were are no numbers of jobs, and they are noted.
      for _some in select array(select r.pos from fw.ready r where r.line = l.line and r.rank = p and r.pos < _before order by r.pos desc limit _look)
          from unnest(_lines) as l(line) cross join generate_series(0, 9) as p loop
        _ns := _ns || _some;
        _from := greatest(_from, case when cardinality(_some) = _look then _some[_look] else 0 end);
      end loop;
      _some := array(select n from fw.note where n < _before and pos is not null order by n desc limit _look);
      _ns := _ns || _some;
      _from := greatest(_from, case when cardinality(_some) = _look then _some[_look] else 0 end);
    end if;
  end if;
  if _states && array['ready', 'delayed'] then
    -- Also those that are due and that nobody has promoted yet.
    _most := case when _q is null then _few + 1 else (select count(*) from (select 1 from fw.delayed where q = _q limit _few + 1) as t) end;
    _some := case when _most <= _few then array(select n from fw.delayed where q = _q and n < _before order by n desc limit _look)
      else array(select n from fw.delayed where n < _before order by n desc limit _look) end;
    _ns := _ns || _some;
    _from := greatest(_from, case when cardinality(_some) = _look then _some[_look] else 0 end);
  end if;
  if 'running' = any(_states) then
    for _some in select array(select r.n from fw.running r where r.s = s.s and r.n < _before order by r.n desc limit _look) from fw.session s where s.state < 2 loop
      _ns := _ns || _some;
      _from := greatest(_from, case when cardinality(_some) = _look then _some[_look] else 0 end);
    end loop;
  end if;
  _some := null;
  if cardinality(_failed) > 0 and not 'done' = any(_states) then
    _some := array(select e.n from fw.queue u cross join lateral (
      select n from fw.ended where q = u.q and state = any(_failed) and state > 2 limit _few + 1) as e where _q is null or u.q = _q limit _few + 1);
  elsif 'done' = any(_states) and _q is not null then
    _most := (select sum(jobs) from (select jobs from fw.kept where q = _q limit _few + 1) as t);
    if coalesce(_most, 0) <= _few then
      _some := array(select unnest(ns) from fw.kept where q = _q)
        || array(select n from fw.ended where q = _q and state = any(_failed) and state > 2 limit _few + 1);
    end if;
  elsif not 'done' = any(_states) then
    return;
  end if;
  if cardinality(_some) <= _few then
    _some := array(select n from unnest(_some) as n where n < _before order by n desc limit _look);
  else
    _some := array(select n from fw.ended where n < _before order by n desc limit _look);
  end if;
  _ns := _ns || _some;
  _from := greatest(_from, case when cardinality(_some) = _look then _some[_look] else 0 end);
end $$;

-- Jobs below `_before`, newest first, `_look` of them or those of `_ns`, of which what stands in fw.job lets them through.
create or replace function fn.sift(_filter jsonb, _ns bigint[], _q int, _lines bigint[], _before bigint, _look int, _now bigint) returns bigint[] language plpgsql {fast} as $$
declare
  _name text := _filter->>'name';
  _tag text := _filter->>'tag';
  _tag_text text := _filter->>'tagText';
  _prefix text := _filter->>'idPrefix';
  _until bigint := _now - ceil((_filter->>'ageMsMin')::float8);
  _since bigint := ceil((_filter->>'fromMs')::float8);
  _before_ms bigint := ceil((_filter->>'toMs')::float8);
begin
  if _ns is null then
    return array(select j.n from (select n, id, q, line, name, at, extra from fw.job where n < _before order by n desc limit _look) as j
      where (_q is null or j.q = _q) and (_lines is null or j.line = any(_lines)) and (_name is null or j.name = _name)
        and (_until is null or j.at <= _until) and (_since is null or j.at >= _since) and (_before_ms is null or j.at < _before_ms) and (_prefix is null or starts_with(j.id, _prefix))
        and (_tag is null or case when position(_tag_text in j.extra) > 0 then (j.extra::jsonb->'tags') ? _tag end));
  end if;
  return array(select j.n from unnest(_ns) as c(n) cross join lateral (select n, id, q, line, name, at, extra from fw.job where n = c.n limit 1) as j
    where (_q is null or j.q = _q) and (_lines is null or j.line = any(_lines)) and (_name is null or j.name = _name)
      and (_until is null or j.at <= _until) and (_since is null or j.at >= _since) and (_before_ms is null or j.at < _before_ms) and (_prefix is null or starts_with(j.id, _prefix))
      and (_tag is null or case when position(_tag_text in j.extra) > 0 then (j.extra::jsonb->'tags') ? _tag end));
end $$;

-- Of a job that has not ended.
create or replace function fn.state_of(_n bigint, _now bigint) returns text language plpgsql as $$
begin
  return case when (select due from fw.delayed where n = _n) > _now then 'delayed'
    when exists (select 1 from fw.session s cross join lateral (select 1 from fw.running r where r.s = s.s and r.n = _n limit 1) as r where s.state < 2) then 'running' else 'ready' end;
end $$;

-- A piece of a list, newest first: about `_look` jobs are looked at. Answers {jobs, next, more, read, at}; `next` is where to go on, `at` when
-- the last one that was looked at was enqueued.
create or replace function fn.list(_filter jsonb, _before bigint, _limit int, _look int) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _states text[] := case when _filter ? 'states' then array(select jsonb_array_elements_text(_filter->'states'))
    when _filter ?| array['queue', 'group'] then array['ready', 'delayed', 'running', 'done', 'dead', 'cancelled', 'quarantined'] end;
  _q int := (select q from fw.queue where name = _filter->>'queue');
  _lines bigint[] := case when _filter ? 'group' then array(select l.line from fw.queue u join fw.line l on l.q = u.q and l.grouped and l.grp = _filter->>'group') end;
  _some record;
  _ns bigint[];
  _read int;
  _from bigint;
  _found bigint[];
  _sifted bigint[];
  _error text := _filter->>'errorText';
begin
  if (_filter ? 'queue' and _q is null) or cardinality(_lines) = 0 then
    return '{"jobs":[],"more":false,"read":0}';
  end if;
  select * into _some from fn.candidates(_filter, _states, _q, _lines, _before, _look, _now);
  if _some._ns is null then
    select min(n), count(*) into _from, _read from (select n from fw.job where n < _before order by n desc limit _look) as t;
    _from := case when _read = _look then _from else 0 end;
  else
    _from := _some._from;
    _ns := array(select distinct n from unnest(_some._ns) as n where n >= _from order by n desc);
    _read := cardinality(_ns);
  end if;
  _sifted := fn.sift(_filter, _ns, _q, _lines, _before, _look, _now);
  if _filter ?| array['states', 'errorText'] then
    _sifted := array(select c.n from unnest(_sifted) as c(n)
      left join lateral (select n, state, text from fw.ended where n = c.n limit 1) as e on true
      left join lateral (select error from fw.note where n = c.n limit 1) as t on true
      where (_error is null or e.state is distinct from 2 and position(_error in coalesce(e.text, t.error)) > 0)
        and (not _filter ? 'states' or case when e.n is not null then (array['done', 'dead', 'cancelled', 'quarantined'])[e.state - 1]
          else fn.state_of(c.n, _now) end = any(_states))
      limit _limit + 1);
  end if;
  _found := _sifted[1:_limit + 1];
  if cardinality(_found) > _limit then
    _from := _found[_limit];
    _found := _found[1:_limit];
    _read := case when _ns is null then (select count(*) from fw.job where n >= _from and n < _before)
      else (select count(*) from unnest(_ns) as n where n >= _from) end;
  end if;
  return json_build_object('jobs', (select coalesce(json_agg(fn.record(n, _now) order by n desc), '[]') from unnest(_found) as n),
    'next', _from, 'more', _from > 0, 'read', _read, 'at', case when _read > 0 then (select at from fw.job where n >= _from order by n limit 1) end);
end $$;
