create or replace function fn.open(_name text, _lease bigint) returns bigint language plpgsql as $$
declare
  _s bigint := nextval('fw.seq');
begin
  insert into fw.session (s, name, opened, lease_until, lease) values (_s, _name, fn.now_ms(), fn.now_ms() + _lease, _lease);
  return _s;
end $$;

create or replace function fn.is_alive(_s bigint) returns boolean language plpgsql as $$
begin
  return exists (select 1 from fw.session where s = _s and state = 0);
end $$;

-- A new lease; whoever was accused of the death that did not come is free again. False when the session was taken back.
create or replace function fn.renew(_name text, _health text) returns boolean language plpgsql {fast} as $$
begin
  perform fn.in_passing();
  update fw.session set lease_until = fn.now_ms() + lease, health = _health, accused = null where name = _name and state = 0;
  return found;
end $$;

create or replace function fn.accuse(_name text, _loans text) returns void language plpgsql {fast} as $$
begin
  update fw.session set accused = _loans where name = _name and state = 0;
end $$;

-- Renew, write what the worker reports, and tell what it should know.
create or replace function fn.beat(_s bigint, _renew boolean, _about text, _progress json, _unbegun text) returns text language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _alive boolean;
begin
  perform fn.in_passing();
  update fw.session set lease_until = case when _renew then _now + lease else lease_until end,
    accused = case when _renew then null else accused end, about = _about, unbegun = _unbegun
  where s = _s and state = 0 and (_renew or about is distinct from _about or unbegun is distinct from _unbegun);
  _alive := found or exists (select 1 from fw.session where s = _s and state = 0);
  if _alive then
    insert into fw.note (n, progress) select r.n, max(p.value->>3) from json_array_elements(_progress) as p
      join fw.running r on r.s = (p.value->>0)::bigint and r.n = (p.value->>2)::bigint and r.loan = (p.value->>1)::bigint group by r.n
    on conflict (n) do update set progress = excluded.progress;
  end if;
  return json_build_object('alive', _alive,
    'paused', coalesce((select json_agg(name order by name) from fw.queue where paused), '[]'),
    'held', (select count(*) from fw.running where s = _s),
    'cancelled', case when _alive then (select coalesce(json_agg(json_build_array(r.s, r.loan, r.n, r.q)), '[]') from (
      select r.* from fw.note t join fw.running r on r.s = _s and r.n = t.n where t.cancelling limit 1000) as r) else '[]' end);
end $$;

-- Loans of a session go back to their old places, the attempt given back; at most `_limit`, none that is in `_known` ([[loan, n], …]).
create or replace function fn.take_back(_s bigint, _limit int, _known json, _suspects json, _innocent json, _crash int, _now bigint) returns int language plpgsql as $$
declare
  _back record;
begin
  with known as materialized (
    select (value->>0)::bigint as loan, (value->>1)::bigint as n from json_array_elements(coalesce(_known, '[]'))
  ), gone as materialized (
    delete from fw.running r where r.s = _s and r.n = any(array(
      select h.n from fw.running h where h.s = _s and not exists (select 1 from known k where k.loan = h.loan and k.n = h.n) order by h.n limit _limit))
    returning *
  )
  select array_agg(g.n) as ns, array_agg(g.started) as started, array_agg(g.attempts - 1) as attempts, array_agg(g.crashes) as crashes_before,
    array_agg(g.crashes + case
      when _suspects is not null then case when exists (select 1 from json_array_elements(_suspects) as a where (a.value->>0)::bigint = g.loan and (a.value->>1)::bigint = g.n) then 1 else 0 end
      when exists (select 1 from json_array_elements(coalesce(_innocent, '[]')) as a where (a.value->>0)::bigint = g.loan and (a.value->>1)::bigint = g.n) then 0
      else _crash end) as crashes
  into _back from gone g;
  if _back.ns is null then
    return 0;
  end if;
  perform fn.note_failures(array_agg(n), array_agg(attempts + 1), array_agg('{lost}'::text), _now)
  from unnest(_back.ns, _back.attempts, _back.crashes, _back.crashes_before) as b(n, attempts, crashes, before) where crashes > before;
  perform fn.come_back(_back.ns, _back.started, _back.attempts, _back.crashes, array_fill(null::bigint, array[cardinality(_back.ns)]),
    array_fill(false, array[cardinality(_back.ns)]), array_fill(null::text, array[cardinality(_back.ns)]), _now);
  return cardinality(_back.ns);
end $$;

-- Revoke sessions past their lease, and take back what they held, at most `_limit` jobs.
create or replace function fn.sweep(_limit int) returns text language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _session fw.session;
  _s bigint;
  _taken int := 0;
  _some int;
begin
  for _s in select s from fw.session where state in (0, 1) and (state = 1 or lease_until < _now) order by state desc, lease_until limit 100 loop
    if _taken >= _limit then
      return json_build_object('taken', _taken, 'more', true);
    end if;
    perform fn.hold('session/' || _s);
    select * into _session from fw.session where s = _s and state in (0, 1) and (state = 1 or lease_until < fn.now_ms());
    continue when not found;
    if _session.state = 0 then
      perform fn.revoke(_session);
      select * into _session from fw.session where s = _s;
    end if;
    loop
      _some := fn.take_back(_s, _limit - _taken, null, _session.accused::json, _session.unbegun::json, 1, _now);
      _taken := _taken + _some;
      exit when _some = 0 or _taken >= _limit;
    end loop;
    if not exists (select 1 from fw.running where s = _s) then
      update fw.session set state = 2 where s = _s;
    end if;
  end loop;
  return json_build_object('taken', _taken, 'more', exists (
    select 1 from fw.session where state = 1 or (state = 0 and lease_until < _now)));
end $$;

-- The session is over. Who was accused and is no longer on loan to it is not why; what its lanes were told, they are told again.
create or replace function fn.revoke(_session fw.session) returns void language plpgsql as $$
begin
  update fw.session set state = 1, accused = (
    select json_agg(a.value)::text from json_array_elements(_session.accused::json) as a
    where exists (select 1 from fw.running r where r.s = _session.s and r.n = (a.value->>1)::bigint and r.loan = (a.value->>0)::bigint))
  where s = _session.s;
  update fw.call c set answer = c.answer || ' ' || coalesce((
    select json_agg(json_build_array(r.n, r.attempts, r.crashes, r.waited) order by r.ord)::text
    from fw.running r where r.s = c.s and r.loan = c.answer::bigint), '[]')
  where c.s = _session.s and c.verb = 'reserve' and position(' ' in c.answer) = 0;
end $$;

-- Loans that the worker does not know are released; those it knows and we do not are told. `_known`: [[s, loan, n], …].
create or replace function fn.reconcile(_s bigint, _known json) returns text language plpgsql {fast} as $$
declare
  _held json := (select json_agg(json_build_array((k.value->>1)::bigint, (k.value->>2)::bigint)) from json_array_elements(_known) as k where (k.value->>0)::bigint = _s);
  _released int := 0;
  _some int;
begin
  perform fn.hold('session/' || _s);
  loop
    _some := fn.take_back(_s, 1000, _held, null, null, 0, fn.now_ms());
    _released := _released + _some;
    exit when _some = 0;
  end loop;
  return json_build_object('released', _released, 'revoked', (
    select coalesce(json_agg(k.ord - 1 order by k.ord), '[]') from json_array_elements(_known) with ordinality as k(value, ord)
    where not exists (select 1 from fw.running r where r.s = (k.value->>0)::bigint and r.n = (k.value->>2)::bigint and r.loan = (k.value->>1)::bigint and r.s = _s)));
end $$;

-- Release what a session still holds, at most `_limit`; when nothing is left it is over. Answers whether there is more.
create or replace function fn.close(_s bigint, _limit int) returns boolean language plpgsql {fast} as $$
begin
  perform fn.hold('session/' || _s);
  perform fn.take_back(_s, _limit, null, null, null, 0, fn.now_ms());
  if exists (select 1 from fw.running where s = _s) then
    return true;
  end if;
  update fw.session set state = 2 where s = _s;
  delete from fw.idle where s = _s;
  return false;
end $$;

-- Forget, a bounded piece a call: old failures, keys, records and bells whose time is over, sessions that ended and what they called.
create or replace function fn.tidy(_dead_age bigint) returns void language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _old bigint[];
  _state int;
begin
  foreach _state in array array[3, 4, 5] loop
    _old := array(select e.n from fw.queue u cross join lateral (
      select n from fw.ended where q = u.q and state = _state and state > 2 and settled < _now - _dead_age order by settled limit 250 for update skip locked) as e limit 250);
    perform fn.forget(n) from unnest(_old) as n;
  end loop;
  delete from fw.key where ctid = any(array(select ctid from fw.key where until < _now order by until limit 250 for update skip locked));
  delete from fw.ledger where ctid = any(array(select ctid from fw.ledger where until < _now order by until limit 250 for update skip locked));
  delete from fw.idle where until < _now - 60000;
  -- A client that only enqueues calls on after its lease: its answers are remembered for as long as it does.
  _old := array(select s from fw.session where state = 2 and lease_until < _now - 3600000 order by lease_until limit 50 for update skip locked);
  delete from fw.call where s = any(_old) and at < _now - 3600000;
  delete from fw.session s where s.s = any(_old) and not exists (select 1 from fw.call c where c.s = s.s);
end $$;
