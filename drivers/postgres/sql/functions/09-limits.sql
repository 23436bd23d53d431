-- Replace the settings of a scope (`queue`, `groups`, or one group). False for a revision that is older than the stored one.
create or replace function fn.limits_set(_name text, _scope text, _group text, _settings jsonb, _revision bigint) returns boolean language plpgsql as $$
declare
  _q int := fn.queue_of(_name);
  _value jsonb := nullif(jsonb_strip_nulls(_settings), '{}');
  _line bigint;
  _caps boolean;
begin
  perform fn.hold('take/' || _q);
  update fw.queue set revision = _revision, managed = true where q = _q and revision <= _revision;
  if not found then
    return false;
  end if;
  if _scope = 'queue' then
    update fw.queue set limits = _value where q = _q;
  elsif _scope = 'groups' then
    update fw.queue set group_limits = _value where q = _q;
  else
    _line := fn.line_of(_q, _group);
    update fw.line set limits = _value where line = _line;
  end if;
  select (limits ? 'concurrencyMax') is true or (group_limits ? 'concurrencyMax') is true
    or exists (select 1 from fw.line l where l.q = _q and l.limits ? 'concurrencyMax') into _caps from fw.queue where q = _q;
  update fw.queue set capped = _caps where q = _q and capped <> _caps;
  if found then
    update fw.running set counted = _caps where q = _q;
  end if;
  perform fn.ask_again(_q);
  return true;
end $$;

-- Whoever is parked takes his turns again, and is parked anew if he still must be.
create or replace function fn.ask_again(_q int) returns void language plpgsql as $$
begin
  update fw.line l set place = 1, wake = 0, turn = greatest(l.turn, u.turn) from fw.queue u where l.q = _q and u.q = _q and l.place in (2, 3);
  perform fn.ring(array[_q], true);
end $$;

create or replace function fn.freeze(_name text, _group text, _until bigint) returns void language plpgsql as $$
declare
  _q int := fn.queue_of(_name);
  _line bigint;
begin
  perform fn.hold('take/' || _q);
  update fw.queue set managed = true where q = _q and not managed;
  if _group is null then
    update fw.queue set frozen_until = _until where q = _q;
  else
    _line := fn.line_of(_q, _group);
    update fw.line set frozen_until = _until where line = _line;
  end if;
  perform fn.ask_again(_q);
end $$;

create or replace function fn.limits_read(_name text) returns json language plpgsql as $$
declare
  _now bigint := fn.now_ms();
begin
  return (select json_build_object('queue', coalesce(u.limits, '{}'), 'groups', coalesce(u.group_limits, '{}'), 'revision', u.revision,
    'meter', u.meter, 'now', _now,
    'group', (select coalesce(json_agg(json_build_array(grp, limits) order by line), '[]') from fw.line where q = u.q and grouped and limits is not null),
    'until', case when u.frozen_until > _now then u.frozen_until end,
    'frozen', (select coalesce(json_agg(json_build_array(grp, frozen_until) order by line), '[]') from fw.line where q = u.q and frozen_until > _now))
    from fw.queue u where u.name = _name);
end $$;
