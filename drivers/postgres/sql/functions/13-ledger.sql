create or replace function fn.ledger_read(_keys text[]) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
begin
  return (select coalesce(json_agg(json_build_array(l.value, l.version) order by k.ord), '[]')
    from unnest(_keys) with ordinality as k(key, ord) left join fw.ledger l on l.key = k.key and (l.until is null or l.until > _now));
end $$;

create or replace function fn.ledger_list(_prefix text, _limit int, _after text) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
begin
  return (select coalesce(json_agg(json_build_array(key, value, version) order by key), '[]') from (
    select key, value, version from fw.ledger where key >= _prefix and key > _after and starts_with(key, _prefix) and (until is null or until > _now)
    order by key limit _limit) as page);
end $$;

-- All or nothing: `_writes` is [[key, value, version, forMs], …]. All are compared before any is written. Null when one did not match.
create or replace function fn.ledger_write(_writes json) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _write record;
  _version bigint;
  _versions bigint[] := '{}';
begin
  perform fn.hold('ledger/' || bucket) from (
    select distinct abs(hashtextextended(value->>0, 0) % 1024) as bucket from json_array_elements(_writes) order by 1) as held;
  perform 1 from json_array_elements(_writes) as w left join fw.ledger l on l.key = w.value->>0 and (l.until is null or l.until > _now)
  where w.value->>2 is not null and (w.value->>2)::bigint <> coalesce(l.version, 0);
  if found then
    return null;
  end if;
  for _write in select value->>0 as key, value->>1 as value, (value->>3)::float8 as for_ms from json_array_elements(_writes) loop
    if _write.value is null then
      delete from fw.ledger where key = _write.key;
      _versions := _versions || 0::bigint;
    else
      insert into fw.ledger (key, value, version, until) values (_write.key, _write.value, nextval('fw.seq'), ceil(_now + _write.for_ms)::bigint)
      on conflict (key) do update set value = excluded.value, version = excluded.version, until = excluded.until returning version into _version;
      _versions := _versions || _version;
    end if;
  end loop;
  return to_json(_versions);
end $$;
