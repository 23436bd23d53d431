-- The server's clock.
create or replace function fn.now_ms() returns bigint language sql volatile as $$
  select (extract(epoch from clock_timestamp()) * 1000)::bigint
$$;

-- Hold a name until the transaction ends. Advisory: no row is written, and it works through a pooler.
create or replace function fn.hold(_name text) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('{schema}/' || _name, 0));
end $$;

create or replace function fn.hold_shared(_name text) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('{schema}/' || _name, 0));
end $$;

-- Wake who waits for these queues, when the transaction commits. `_always`: it may be long until then, and who does not wait now may by then.
create or replace function fn.ring(_qs int[], _always boolean) returns void language plpgsql as $$
begin
  if _always or exists (select 1 from fw.idle where q = any(_qs) and until > fn.now_ms()) then
    perform pg_notify('{schema}', array_to_string(_qs, ','));
  end if;
end $$;

-- What this transaction writes may be lost when the server crashes: a sign of life, which the next one replaces. Then its commit need
-- not wait for the disk, nor others behind it.
create or replace function fn.in_passing() returns void language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
end $$;

-- Who waits from now on is seen by everybody who rings later, and has let everybody finish who looked before.
create or replace function fn.idle(_s bigint, _queues text[], _for_ms bigint) returns void language plpgsql as $$
declare
  _q int;
begin
  perform fn.in_passing();
  for _q in select fn.queue_of(name) from unnest(_queues) as name order by 1 loop
    perform fn.hold('ring/' || _q);
    insert into fw.idle (q, s, until) values (_q, _s, fn.now_ms() + _for_ms)
    on conflict (q, s) do update set until = excluded.until;
  end loop;
end $$;

create or replace function fn.queue_of(_name text) returns int language plpgsql as $$
declare
  _q int;
begin
  select q into _q from fw.queue where name = _name;
  if found then
    return _q;
  end if;
  insert into fw.queue (name) values (_name) on conflict (name) do nothing;
  select q into _q from fw.queue where name = _name;
  insert into fw.line (q, grouped, grp) values (_q, false, '') on conflict (q, grouped, grp) do nothing;
  return _q;
end $$;

-- The line of a group, or of the jobs without one.
create or replace function fn.line_of(_q int, _group text) returns bigint language plpgsql as $$
declare
  _line bigint;
begin
  select line into _line from fw.line where q = _q and grouped = (_group is not null) and grp = coalesce(_group, '');
  if found then
    return _line;
  end if;
  insert into fw.line (q, grouped, grp) values (_q, _group is not null, coalesce(_group, ''))
  on conflict (q, grouped, grp) do nothing;
  select line into _line from fw.line where q = _q and grouped = (_group is not null) and grp = coalesce(_group, '');
  update fw.queue set managed = true where q = _q and not managed and _group is not null;
  return _line;
end $$;

-- The recorded answer of this very call, if it was made before. Whoever asks again while the first one is still at work waits for it.
create or replace function fn.recall(_s bigint, _lane int, _seq bigint, _verb text) returns text language plpgsql as $$
declare
  _last fw.call;
begin
  perform fn.hold('lane/' || _s || '/' || _lane);
  select * into _last from fw.call where s = _s and lane = _lane;
  if not found or _last.seq < _seq then
    return null;
  end if;
  if _last.seq = _seq and _last.verb = _verb then
    return _last.answer;
  end if;
  raise exception 'FW_STORE_FAILED % % cannot be answered: the newest call of lane % is % %', _verb, _seq, _lane, _last.verb, _last.seq
    using errcode = 'FW001';
end $$;

create or replace function fn.remember(_s bigint, _lane int, _seq bigint, _verb text, _answer text) returns void language plpgsql as $$
begin
  update fw.call set seq = _seq, verb = _verb, at = fn.now_ms(), answer = _answer where s = _s and lane = _lane;
  if not found then
    insert into fw.call (s, lane, seq, verb, at, answer) values (_s, _lane, _seq, _verb, fn.now_ms(), _answer);
  end if;
end $$;
