-- Forget the done jobs of a queue that are too many or too old, oldest first, at most `_limit`, whole batches where they are in the way as
-- a whole. Answers how many. Whoever calls it holds trim/q.
create or replace function fn.trim_kept(_q int, _count bigint, _age bigint, _limit int, _now bigint) returns int language plpgsql {fast} as $$
declare
  _excess bigint := (select sum(jobs) from fw.kept where q = _q) - _count;
  _kept fw.kept;
  _left int := _limit;
  _old bigint[];
begin
  for _kept in select * from fw.kept where q = _q order by batch loop
    exit when _left <= 0 or (_excess <= 0 and _kept.at >= _now - _age);
    _old := _kept.ns[1:least(_left, case when _kept.at < _now - _age then _kept.jobs else least(_excess, _kept.jobs) end)::int];
    delete from fw.ended where n = any(_old) and batch = _kept.batch;
    delete from fw.job where n = any(_old);
    if cardinality(_old) = _kept.jobs then
      delete from fw.kept where q = _q and batch = _kept.batch;
    else
      update fw.kept set jobs = jobs - cardinality(_old), ns = ns[cardinality(_old) + 1:] where q = _q and batch = _kept.batch;
    end if;
    _excess := _excess - cardinality(_old);
    _left := _left - cardinality(_old);
  end loop;
  return _limit - _left;
end $$;

-- How many ended jobs of a state there are beyond `_count`; no more than `_most` are counted.
create or replace function fn.beyond(_q int, _code int, _count bigint, _most int) returns bigint language plpgsql {fast} as $$
begin
  return greatest(0, (select count(*) from (
    select 1 from fw.ended where q = _q and state = _code and state > 2 limit least(_count + _most, 9e15)::bigint) as t) - _count);
end $$;

-- Forget settled jobs beyond what is to be kept of each state, oldest first, at most `_limit`.
create or replace function fn.trim(_name text, _states text[], _count bigint, _age bigint, _limit int) returns json language plpgsql {fast} as $$
declare
  _q int := (select q from fw.queue where name = _name);
  _now bigint := fn.now_ms();
  _left int := _limit;
  _more boolean := false;
  _code int;
  _excess int;
  _gone bigint[];
begin
  if _q is null then
    return '{"removed":0,"more":false}';
  end if;
  perform fn.hold('trim/' || _q);
  for _code in select i + 1 from unnest(array['done', 'dead', 'cancelled', 'quarantined']) with ordinality as t(state, i) where state = any(_states) loop
    if _code = 2 then
      _left := _left - fn.trim_kept(_q, _count, _age, _left, _now);
      _more := _more or (select coalesce(sum(jobs), 0) from fw.kept where q = _q) > _count or exists (
        select 1 from (select at from fw.kept where q = _q order by batch limit 1) as k where at < _now - _age);
      continue;
    end if;
    _excess := fn.beyond(_q, _code, _count, _left);
    _gone := array(select n from (
        select n, settled, row_number() over (order by settled, n) as nth from (
          select n, settled from fw.ended where q = _q and state = _code and state > 2 order by settled, n limit _left for update skip locked) as e) as o
      where nth <= _excess or settled < _now - _age order by nth);
    perform fn.forget(n) from unnest(_gone) as n;
    _left := _left - cardinality(_gone);
    _more := _more or fn.beyond(_q, _code, _count, 1) > 0
      or exists (select 1 from fw.ended where q = _q and state = _code and state > 2 and settled < _now - _age);
  end loop;
  return json_build_object('removed', _limit - _left, 'more', _more);
end $$;
