-- Groups take their turns by virtual time: always the line with the lowest one is next, and each job moves its line on by 1 / weight.
-- Whoever takes from such a queue is alone at it (take/q).

create or replace function fn.take_turns(_s bigint, _loan bigint, _q int, _ord int, _limit int, _now bigint, out _count int, out _jobs text, out _broken text) language plpgsql as $$
declare
  _queue fw.queue;
  _left int;
  _looked_at int := 0;
  _wanted int;
  _stands record;
  _taken record;
begin
  select * into _queue from fw.queue where q = _q;
  _count := 0;
  perform fn.back_to_turns(_q, _queue.turn, _now);
  _left := fn.allowed(_queue, _limit, _now);
  while _left > 0 and _looked_at < 1000 loop
    -- One in four jobs may be of another line, and all of them when few are wanted.
    _wanted := greatest(2, least(_left, 16), ceil(_left / 4.0)::int);
    select * into _stands from fn.stands_of(_queue, _wanted, _left, _now);
    _looked_at := _looked_at + _stands._seen;
    select * into _taken from fn.take_round(_s, _loan, _queue, _ord + _count, _left, _stands._lines, _stands._turns, _stands._weights, _stands._most, _stands._seen, _now);
    _count := _count + _taken._count;
    _left := _left - _taken._count;
    _queue.turn := _taken._turn;
    _jobs := concat_ws(e'\x1c', _jobs, _taken._jobs);
    _broken := concat_ws(',', _broken, _taken._broken);
    exit when _stands._seen < _wanted and _taken._gone = 0;
  end loop;
  _jobs := nullif(_jobs, '');
  _broken := nullif(_broken, '');
  if _count > 0 then
    update fw.queue set turn = _queue.turn,
      meter = case when limits ?| '{rates,quota}' then fn.meter_pay(limits, meter, _now, _count) else meter end where q = _q;
  end if;
end $$;

-- How many jobs may be taken from the queue as a whole.
create or replace function fn.allowed(_queue fw.queue, _limit int, _now bigint) returns int language plpgsql as $$
declare
  _most float8 := _limit;
begin
  if _queue.paused or _queue.frozen_until > _now then
    return 0;
  end if;
  if _queue.limits is null then
    return _limit;
  end if;
  if _queue.limits ? 'concurrencyMax' then
    _most := least(_most, (_queue.limits->>'concurrencyMax')::float8 - (select count(*) from fw.running where q = _queue.q and counted));
  end if;
  return greatest(0, floor(least(_most, fn.meter_now(_queue.limits, _queue.meter, _now))))::int;
end $$;

-- Lines to which something has come, and those whose time has come.
create or replace function fn.back_to_turns(_q int, _turn float8, _now bigint) returns void language plpgsql as $$
declare
  _lines bigint[];
begin
  with stirred as (
    delete from fw.stir where (q, k) in (select q, k from fw.stir where q = _q order by k limit 2000 for update skip locked) returning line
  )
  select array_agg(distinct line) into _lines from stirred;
  update fw.line set place = 1, turn = greatest(turn, _turn) where line = any(_lines) and place in (0, 3);
  update fw.line set place = 1, wake = 0, turn = greatest(turn, _turn) where line = any(array(
    select line from fw.line where q = _q and place = 2 and wake <= _now order by wake limit 250));
  -- What comes to the line of the jobs without a group stirs nothing.
  update fw.line l set place = 1, turn = greatest(l.turn, _turn)
  where l.q = _q and not l.grouped and l.grp = '' and l.place = 0 and exists (select 1 from fw.ready r where r.line = l.line);
end $$;

-- The first lines by their turn, and how many jobs each may give now; one that may give nothing leaves the turns.
create or replace function fn.stands_of(_queue fw.queue, _wanted int, _left int, _now bigint,
  out _seen int, out _lines bigint[], out _turns float8[], out _weights float8[], out _most int[]) language plpgsql as $$
declare
  _line fw.line;
  _limits jsonb;
  _free float8;
  _tokens float8;
begin
  _seen := 0;
  _lines := '{}'; _turns := '{}'; _weights := '{}'; _most := '{}';
  for _line in select * from fw.line where q = _queue.q and place = 1 order by turn, line limit _wanted loop
    _seen := _seen + 1;
    _limits := coalesce(_queue.group_limits, '{}') || coalesce(_line.limits, '{}');
    _free := 'infinity';
    if _limits ? 'concurrencyMax' then
      _free := (_limits->>'concurrencyMax')::float8 - (select count(*) from fw.running where q = _queue.q and line = _line.line and counted);
    end if;
    _tokens := case when _limits ?| '{rates,quota}' then fn.meter_now(_limits, _line.meter, _now) else 'infinity' end;
    if _line.frozen_until > _now then
      update fw.line set place = 2, wake = _line.frozen_until where line = _line.line;
    elsif _free <= 0 then
      update fw.line set place = 3 where line = _line.line;
    elsif _tokens <= 0 then
      update fw.line set place = 2, wake = fn.meter_at(_limits, _line.meter, _now) where line = _line.line;
    else
      _lines := _lines || _line.line;
      _turns := _turns || _line.turn;
      _weights := _weights || coalesce((_limits->>'weight')::float8, 1);
      _most := _most || least(_left, _tokens, _free)::int;
    end if;
  end loop;
end $$;

-- Whose turn is it, `_left` times; no further than `top`, the virtual time by which so many turns have passed.
create or replace function fn.turns_of(_left int, _lines bigint[], _turns float8[], _weights float8[], _most int[])
returns table (line bigint, at float8, nth int) language plpgsql as $$
begin
  return query
  with stand as materialized (
    select * from unnest(_lines, _turns, _weights, _most) as s(line, turn, weight, most)
  ), top as materialized (
    select min((_left + turned) / weighed) as at from (
      select sum(s.turn * s.weight) over (order by s.turn, s.line) as turned, sum(s.weight) over (order by s.turn, s.line) as weighed from stand s) as sums
  )
  select s.line, s.turn + (i - 1) / s.weight as at, i
  from stand s, top t, generate_series(1, least(s.most, ceil((t.at - s.turn) * s.weight) + 1)::int) as i
  order by 2, 1 limit _left;
end $$;

-- One round: each of the lines gives what its turns say, and pays for it.
create or replace function fn.take_round(_s bigint, _loan bigint, _queue fw.queue, _ord int, _left int, _lines bigint[], _turns float8[], _weights float8[], _most int[], _seen int, _now bigint,
  out _count int, out _gone int, out _turn float8, out _jobs text, out _broken text) language plpgsql set enable_hashjoin = on as $$
declare
  _from bigint[];
  _found int[];
  _last float8;
begin
  with tick as materialized (
    select * from fn.turns_of(_left, _lines, _turns, _weights, _most)
  ), share as materialized (
    select t.line, count(*)::int as wanted from tick t group by t.line
  ), gone as materialized (
    delete from fw.ready where ctid = any(array(
      select head.tid from share cross join lateral (
        select r.ctid as tid from fw.ready r where r.line = share.line order by r.rank, r.pos limit share.wanted for update skip locked) as head))
    returning *
  ), turned as materialized (
    select g.*, row_number() over (partition by g.line order by g.rank, g.pos) as nth from gone g
  ), placed as materialized (
    select g.n, g.line, t.at as turn, _ord + (row_number() over (order by t.at, g.line))::int as ord, g.rank, g.attempts + 1 as attempts, g.crashes,
      greatest(0, _now - g.since) as waited, j.at, j.id, j.name, j.ukey, j.extra, j.body
    from turned g join tick t on t.line = g.line and t.nth = g.nth left join fw.job j on j.n = g.n
  ), held as (
    insert into fw.running (s, n, loan, q, line, ord, attempts, crashes, started, waited, counted, ukey)
    select _s, n, _loan, _queue.q, line, ord, attempts, crashes, _now, waited, _queue.capped, ukey from placed where id is not null
  ), gave as (
    select p.line, count(*)::int as found from placed p group by p.line
  )
  select count(p.id), count(*), max(p.turn),
    _queue.q
      || e'\x1d' || string_agg(p.n::text, ',') filter (where p.id is not null)
      || e'\x1d' || string_agg(p.attempts::text, ',') filter (where p.id is not null)
      || e'\x1d' || string_agg(p.crashes::text, ',') filter (where p.id is not null)
      || e'\x1d' || string_agg(p.waited::text, ',') filter (where p.id is not null)
      || e'\x1d' || string_agg(p.at::text, ',') filter (where p.id is not null)
      || e'\x1d' || string_agg(p.rank::text, ',') filter (where p.id is not null)
      || e'\x1d' || string_agg(p.id, e'\x1e') filter (where p.id is not null)
      || e'\x1d' || string_agg(p.name, e'\x1e') filter (where p.id is not null)
      || e'\x1d' || string_agg(case when p.grouped then 'g' || p.grp else '' end, e'\x1e') filter (where p.id is not null)
      || e'\x1d' || string_agg(coalesce(p.extra, ''), e'\x1e') filter (where p.id is not null)
      || e'\x1d' || string_agg(p.body, e'\x1e') filter (where p.id is not null),
    string_agg(p.n::text, ',') filter (where p.id is null),
    (select array_agg(g.line order by g.line) from gave g), (select array_agg(g.found order by g.line) from gave g)
  into _count, _gone, _last, _jobs, _broken, _from, _found
  from (select p.*, l.grouped, l.grp from placed p join fw.line l on l.line = p.line order by p.ord) as p;
  -- While a line is alone no time passes: there is nobody to be fair to, and who comes later has missed nothing.
  _turn := case when _seen = 1 then _queue.turn else greatest(_queue.turn, _last) end;
  update fw.line l set
    turn = case when _seen = 1 then l.turn else l.turn + g.found / coalesce((m.limits->>'weight')::float8, 1) end,
    meter = case when m.limits ?| '{rates,quota}' then fn.meter_pay(m.limits, l.meter, _now, g.found) else l.meter end
  from unnest(_from, _found) as g(line, found), lateral (
    select coalesce(_queue.group_limits, '{}') || coalesce(o.limits, '{}') as limits from fw.line o where o.line = g.line) as m
  where l.line = g.line;
  update fw.line l set place = 0 where l.line = any(_lines) and not exists (select 1 from fw.ready r where r.line = l.line);
end $$;
