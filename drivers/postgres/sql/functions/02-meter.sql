-- Rates and quotas, as src/base/meter.ts has them: `full` says for each rate when its bucket is full again, `spent` what was taken
-- of a quota in its window.

-- How far from full a bucket is, in milliseconds of inflow. One that the clock or new settings put out of all bounds is full.
create or replace function fn.debt_ms(_rate jsonb, _full_at float8, _now bigint) returns float8 language sql immutable as $$
  select case
    when _full_at is null or _full_at <= _now then 0
    when _full_at - _now > 2 * greatest(1, (_rate->>'burst')::float8) * (_rate->>'perMs')::float8 / (_rate->>'tokens')::float8 + 0.001 then 0
    else _full_at - _now end
$$;

create or replace function fn.window_end(_quota jsonb, _now bigint) returns bigint language sql immutable as $$
  select ((floor(_now / (_quota->>'perMs')::float8) + 1) * (_quota->>'perMs')::float8)::bigint
$$;

create or replace function fn.quota_left(_quota jsonb, _meter jsonb, _now bigint) returns float8 language sql immutable as $$
  select greatest(0, (_quota->>'jobs')::float8 - case
    when (_meter->'spent'->>'end')::float8 = fn.window_end(_quota, _now) then (_meter->'spent'->>'jobs')::float8 else 0 end)
$$;

-- How many jobs may be taken now: infinity without rates and quota.
create or replace function fn.meter_now(_limits jsonb, _meter jsonb, _now bigint) returns float8 language plpgsql immutable as $$
declare
  _most float8 := 'infinity';
  _rate jsonb;
  _i int := 0;
  _step float8;
begin
  for _rate in select value from jsonb_array_elements(coalesce(_limits->'rates', '[]')) loop
    _step := (_rate->>'perMs')::float8 / (_rate->>'tokens')::float8;
    _most := least(_most, greatest(0, floor((greatest(1, (_rate->>'burst')::float8) * _step
      - fn.debt_ms(_rate, (_meter->'full'->>_i)::float8, _now) + 0.001) / _step)));
    _i := _i + 1;
  end loop;
  if _limits ? 'quota' then
    _most := least(_most, floor(fn.quota_left(_limits->'quota', _meter, _now)));
  end if;
  return _most;
end $$;

-- The first millisecond at which one job may be taken: now when that is now.
create or replace function fn.meter_at(_limits jsonb, _meter jsonb, _now bigint) returns bigint language plpgsql immutable as $$
declare
  _at bigint := _now;
  _rate jsonb;
  _i int := 0;
  _step float8;
  _fill float8;
  _short float8;
begin
  for _rate in select value from jsonb_array_elements(coalesce(_limits->'rates', '[]')) loop
    _step := (_rate->>'perMs')::float8 / (_rate->>'tokens')::float8;
    _fill := greatest(1, (_rate->>'burst')::float8) * _step;
    _short := fn.debt_ms(_rate, (_meter->'full'->>_i)::float8, _now) + least(_step, _fill) - _fill - 0.001;
    if _short > 0 then
      _at := greatest(_at, ceil(_now + _short)::bigint);
    end if;
    _i := _i + 1;
  end loop;
  if _limits ? 'quota' and fn.quota_left(_limits->'quota', _meter, _now) < 1 then
    _at := greatest(_at, fn.window_end(_limits->'quota', _now));
  end if;
  return _at;
end $$;

-- The meter after `_count` jobs were taken.
create or replace function fn.meter_pay(_limits jsonb, _meter jsonb, _now bigint, _count int) returns jsonb language plpgsql immutable as $$
declare
  _full jsonb := '[]';
  _rate jsonb;
  _i int := 0;
  _step float8;
  _paid jsonb := coalesce(_meter, '{}');
begin
  for _rate in select value from jsonb_array_elements(coalesce(_limits->'rates', '[]')) loop
    _step := (_rate->>'perMs')::float8 / (_rate->>'tokens')::float8;
    _full := _full || to_jsonb(_now + least(fn.debt_ms(_rate, (_meter->'full'->>_i)::float8, _now) + _count * _step,
      greatest(1, (_rate->>'burst')::float8) * _step));
    _i := _i + 1;
  end loop;
  if _i > 0 then
    _paid := _paid || jsonb_build_object('full', _full);
  end if;
  if _limits ? 'quota' then
    _paid := _paid || jsonb_build_object('spent', jsonb_build_object('end', fn.window_end(_limits->'quota', _now),
      'jobs', (_limits->'quota'->>'jobs')::float8 - fn.quota_left(_limits->'quota', _meter, _now) + _count));
  end if;
  return _paid;
end $$;
