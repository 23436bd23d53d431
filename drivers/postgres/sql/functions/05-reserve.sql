-- Jobs on loan as the driver reads them, a block for each queue: its number, then n, attempts, crashes, waited, at, rank (parted by
-- commas), id, name, group, extra, body (parted by U+001E). The fields are parted by U+001D, the blocks by U+001C.
create or replace function fn.told(_s bigint, _loan bigint) returns text language plpgsql as $$
begin
  return (select string_agg(block, e'\x1c' order by first) from (
    select min(r.ord) as first, r.q
      || e'\x1d' || string_agg(r.n::text, ',' order by r.ord)
      || e'\x1d' || string_agg(r.attempts::text, ',' order by r.ord)
      || e'\x1d' || string_agg(r.crashes::text, ',' order by r.ord)
      || e'\x1d' || string_agg(r.waited::text, ',' order by r.ord)
      || e'\x1d' || string_agg(j.at::text, ',' order by r.ord)
      || e'\x1d' || string_agg(j.rank::text, ',' order by r.ord)
      || e'\x1d' || string_agg(j.id, e'\x1e' order by r.ord)
      || e'\x1d' || string_agg(j.name, e'\x1e' order by r.ord)
      || e'\x1d' || string_agg(case when l.grouped then 'g' || l.grp else '' end, e'\x1e' order by r.ord)
      || e'\x1d' || string_agg(coalesce(j.extra, ''), e'\x1e' order by r.ord)
      || e'\x1d' || string_agg(j.body, e'\x1e' order by r.ord) as block
    from fw.running r join fw.job j on j.n = r.n join fw.line l on l.line = r.line where r.s = _s and r.loan = _loan group by r.q) as blocks);
end $$;

-- The answer of a reserve whose session has died since.
create or replace function fn.told_again(_list json) returns text language plpgsql as $$
begin
  return (select string_agg(block, e'\x1c' order by first) from (
    select min(r.ord) as first, j.q
      || e'\x1d' || string_agg(j.n::text, ',' order by r.ord)
      || e'\x1d' || string_agg((r.value->>1)::text, ',' order by r.ord)
      || e'\x1d' || string_agg((r.value->>2)::text, ',' order by r.ord)
      || e'\x1d' || string_agg((r.value->>3)::text, ',' order by r.ord)
      || e'\x1d' || string_agg(j.at::text, ',' order by r.ord)
      || e'\x1d' || string_agg(j.rank::text, ',' order by r.ord)
      || e'\x1d' || string_agg(j.id, e'\x1e' order by r.ord)
      || e'\x1d' || string_agg(j.name, e'\x1e' order by r.ord)
      || e'\x1d' || string_agg(case when l.grouped then 'g' || l.grp else '' end, e'\x1e' order by r.ord)
      || e'\x1d' || string_agg(coalesce(j.extra, ''), e'\x1e' order by r.ord)
      || e'\x1d' || string_agg(j.body, e'\x1e' order by r.ord) as block
    from json_array_elements(_list) with ordinality as r(value, ord) join fw.job j on j.n = (r.value->>0)::bigint
    join fw.line l on l.line = j.line group by j.q) as blocks);
end $$;

-- From a queue without groups and limits: the head of its one line, beside everybody else who takes from it.
create or replace function fn.take_plain(_s bigint, _loan bigint, _q int, _ord int, _limit int, _now bigint, out _count int, out _jobs text, out _broken text) language plpgsql as $$
declare
  _line bigint := (select line from fw.line where q = _q and not grouped and grp = '');
begin
  with gone as materialized (
    delete from fw.ready where ctid = any(array(
      select ctid from fw.ready where line = _line order by rank, pos limit _limit for update skip locked))
    returning *
  ), placed as materialized (
    select g.n, _ord + (row_number() over (order by g.rank, g.pos))::int as ord, g.rank, g.attempts + 1 as attempts, g.crashes,
      greatest(0, _now - g.since) as waited, j.at, j.id, j.name, j.ukey, j.extra, j.body
    from gone g left join fw.job j on j.n = g.n
  ), held as (
    insert into fw.running (s, n, loan, q, line, ord, attempts, crashes, started, waited, counted, ukey)
    select _s, n, _loan, _q, _line, ord, attempts, crashes, _now, waited, false, ukey from placed where id is not null
  )
  select count(id), _q
      || e'\x1d' || string_agg(n::text, ',') filter (where id is not null)
      || e'\x1d' || string_agg(attempts::text, ',') filter (where id is not null)
      || e'\x1d' || string_agg(crashes::text, ',') filter (where id is not null)
      || e'\x1d' || string_agg(waited::text, ',') filter (where id is not null)
      || e'\x1d' || string_agg(at::text, ',') filter (where id is not null)
      || e'\x1d' || string_agg(rank::text, ',') filter (where id is not null)
      || e'\x1d' || string_agg(id, e'\x1e') filter (where id is not null)
      || e'\x1d' || string_agg(name, e'\x1e') filter (where id is not null)
      || e'\x1d' || string_agg('', e'\x1e') filter (where id is not null)
      || e'\x1d' || string_agg(coalesce(extra, ''), e'\x1e') filter (where id is not null)
      || e'\x1d' || string_agg(body, e'\x1e') filter (where id is not null),
    string_agg(n::text, ',') filter (where id is null)
  into _count, _jobs, _broken from (select * from placed order by ord) as placed;
end $$;

-- When time alone may bring something; null when no clock tells.
create or replace function fn.wake_at(_q int, _now bigint) returns bigint language plpgsql as $$
declare
  _queue fw.queue;
  _at bigint;
begin
  select * into _queue from fw.queue where q = _q;
  if _queue.paused then
    return null;
  end if;
  _at := least(
    (select due from fw.delayed where q = _q order by due limit 1),
    (select wake from fw.line where q = _q and place = 2 order by wake limit 1),
    (select _now from fw.line where q = _q and place = 1 limit 1),
    (select _now from fw.line l where l.q = _q and not l.grouped and l.grp = '' and l.place = 0
      and exists (select 1 from fw.ready r where r.line = l.line)));
  if (_queue.limits->>'concurrencyMax')::bigint <= (select count(*) from fw.running where q = _q and counted) then
    return null;
  end if;
  -- `greatest` overlooks null: where nothing waits, no clock brings anything.
  return case when _at is not null then greatest(_at, _queue.frozen_until, fn.meter_at(_queue.limits, _queue.meter, _now)) end;
end $$;

-- Take jobs on loan: `_demand` is [[queue, limit], …]. Answers JSON (the loan, what was broken, and where it is known that there is no more: when to look again), and behind it the blocks of what was taken.
create or replace function fn.reserve(_s bigint, _lane int, _seq bigint, _demand json, _limit int) returns text language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _before text := fn.recall(_s, _lane, _seq, 'reserve');
  _loan bigint;
  _left int := _limit;
  _taken record;
  _jobs text := '';
  _broken text := '';
  _qs text;
  _wake text := '';
  _all boolean := true;
  _plain boolean := true;
  _want record;
begin
  select json_agg(u.q order by d.ord)::text into _qs
  from json_array_elements(_demand) with ordinality as d(value, ord) left join fw.queue u on u.name = d.value->>0;
  if _before is not null then
    return '{"qs":' || _qs || ',"loan":' || split_part(_before, ' ', 1) || '}' || coalesce(e'\x1c' || case when position(' ' in _before) = 0
      then fn.told(_s, _before::bigint) else fn.told_again(substr(_before, position(' ' in _before) + 1)::json) end, '');
  end if;
  perform fn.hold_shared('session/' || _s);
  perform 1 from fw.session where s = _s and state = 0;
  if not found then
    raise exception 'FW_LEASE_REVOKED The session was taken back; open a new one.' using errcode = 'FW001';
  end if;
  perform case when managed then fn.hold('take/' || q) else fn.hold_shared('take/' || q) end
  from (select u.q, u.managed from json_array_elements(_demand) as d join fw.queue u on u.name = d.value->>0 order by u.q) as wanted;
  for _want in select u.q, u.paused, u.managed, (d.value->>1)::int as most
      from json_array_elements(_demand) with ordinality as d(value, ord) join fw.queue u on u.name = d.value->>0 order by d.ord loop
    exit when _left <= 0;
    continue when _want.paused;
    _loan := coalesce(_loan, nextval('fw.seq'));
    _plain := _plain and not _want.managed;
    perform fn.promote(_want.q, least(_left, _want.most), _now);
    if _want.managed then
      select * into _taken from fn.take_turns(_s, _loan, _want.q, _limit - _left, least(_left, _want.most), _now);
    else
      select * into _taken from fn.take_plain(_s, _loan, _want.q, _limit - _left, least(_left, _want.most), _now);
    end if;
    _all := _all and _taken._count < greatest(1, least(_left, _want.most));
    _left := _left - _taken._count;
    _jobs := _jobs || coalesce(e'\x1c' || _taken._jobs, '');
    _broken := _broken || coalesce(',' || _taken._broken, '');
  end loop;
  -- Who has taken all there was hears that at once. Where that has no simple answer, he has to ask again.
  if _all and (_plain or _jobs || _broken = '') then
    _wake := ',"now":' || _now || ',"wake":' || coalesce(case when _jobs || _broken = ''
      then (select min(fn.wake_at(u.q, _now))::text from json_array_elements(_demand) as d join fw.queue u on u.name = d.value->>0)
      else (select min((select e.due from fw.delayed e where e.q = u.q order by e.due limit 1))::text
        from json_array_elements(_demand) as d join fw.queue u on u.name = d.value->>0) end, 'null');
  end if;
  if _jobs = '' and _broken = '' then
    return '{"qs":' || _qs || _wake || '}';
  end if;
  perform fn.remember(_s, _lane, _seq, 'reserve', _loan::text);
  return '{"qs":' || _qs || _wake || ',"loan":' || _loan || ',"broken":[' || substr(_broken, 2) || ']}' || _jobs;
end $$;
