-- Verdicts, the same for many items at once. `_kinds`: - nothing, d done, k done and kept, D dead, Q quarantined, C cancelled, r retry,
-- l release. Fenced in the statement that takes a job out of fw.running: session, job and loan must stand. Answers which items did.
create or replace function fn.settle_some(_ss bigint[], _loans bigint[], _ns bigint[], _kinds text[], _texts text[], _dues bigint[], _from int, _batch bigint, _now bigint) returns int[] language plpgsql as $$
declare
  _ended int[];
  _back record;
  _capped int[];
begin
  with item as materialized (
    select * from unnest(_ss, _loans, _ns, _kinds, _texts) with ordinality as i(s, loan, n, kind, text, ord) where kind not in ('r', 'l', '-')
  ), gone as materialized (
    delete from fw.running r using item i, fw.session a
    where r.s = i.s and r.n = i.n and r.loan = i.loan and a.s = i.s and a.state = 0
    returning i.ord, i.kind, i.text, r.n, r.q, r.line, r.attempts, r.crashes, r.started, r.counted, r.ukey
  ), noted as (
    delete from fw.note t using gone g where t.n = g.n returning t.n, t.error, t.progress
  ), kept as (
    insert into fw.ended (n, q, state, settled, started, attempts, crashes, text, error, progress, batch)
    select g.n, g.q, case g.kind when 'k' then 2 when 'D' then 3 when 'C' then 4 else 5 end, _now, g.started, g.attempts, g.crashes, g.text,
      case when g.kind = 'k' then (select t.error from noted t where t.n = g.n) end, (select t.progress from noted t where t.n = g.n),
      case when g.kind = 'k' then _batch + _from end
    from gone g where g.kind <> 'd'
  ), remembered as (
    insert into fw.kept (q, batch, at, jobs, ns) select q, _batch + _from, _now, count(*), array_agg(n order by ord) from gone where kind = 'k' group by q
  ), dropped as (
    delete from fw.job j using gone g where j.n = g.n and g.kind = 'd'
  ), freed as (
    delete from fw.key k using gone g where g.ukey is not null and k.q = g.q and k.key = g.ukey and k.n = g.n and k.until is null
  ), stirred as (
    insert into fw.stir (q, line) select distinct g.q, g.line from gone g where g.counted
  )
  select array_agg(ord + _from), array_agg(distinct q) filter (where counted) into _ended, _capped from gone;
  if 'D' = any(_kinds) and _ended is not null then
    perform fn.note_failures(array_agg(e.n), array_agg(e.attempts), array_agg(e.text), _now)
    from unnest(_ns, _kinds) with ordinality as i(n, kind, ord) join fw.ended e on e.n = i.n where i.kind = 'D' and i.ord + _from = any(_ended);
  end if;
  if 'r' = any(_kinds) or 'l' = any(_kinds) then
    with item as materialized (
      select * from unnest(_ss, _loans, _ns, _kinds, _texts, _dues) with ordinality as i(s, loan, n, kind, text, due, ord) where kind in ('r', 'l')
    ), gone as materialized (
      delete from fw.running r using item i, fw.session a
      where r.s = i.s and r.n = i.n and r.loan = i.loan and a.s = i.s and a.state = 0
      returning i.ord, i.kind, i.text, i.due, r.n, r.q, r.attempts, r.crashes, r.started, r.counted
    ), ordered as (
      select * from gone order by ord
    )
    select array_agg(ord + _from) as ords, array_agg(n) as ns, array_agg(started) as started,
      array_agg(attempts - case kind when 'l' then 1 else 0 end) as attempts, array_agg(crashes) as crashes, array_agg(due) as dues,
      array_agg(kind = 'r') as behind, array_agg(text) as errors
    into _back from ordered;
    if _back.ns is not null then
      perform fn.note_failures(array_agg(n), array_agg(attempts), array_agg(error), _now)
      from unnest(_back.ns, _back.attempts, _back.errors, _back.behind) as b(n, attempts, error, failed) where failed;
      perform fn.come_back(_back.ns, _back.started, _back.attempts, _back.crashes, _back.dues, _back.behind, _back.errors, _now);
    end if;
    _ended := _ended || _back.ords;
  end if;
  if _capped is not null then
    perform fn.ring(_capped, false);
  end if;
  return coalesce(_ended, '{}');
end $$;

-- Settle in this transaction. `_more`: `in` and `at` of items that come back later, `keep` by queue number ([count, ageMs]), `after`:
-- [[item, …], …], the follow-ups as `enqueue` takes them. Answers JSON: the numbers of the items that were stale, and what became of the follow-ups.
create or replace function fn.settle_in(_ss bigint[], _loans bigint[], _ns bigint[], _kinds text, _texts text[], _more json, _always boolean) returns text language plpgsql as $$
declare
  _now bigint := fn.now_ms();
  _letters text[] := string_to_array(_kinds, null);
  _items int := array_length(_ns, 1);
  _dues bigint[];
  _done int := 0;
  _settled int[] := '{}';
  _some int[];
  _after record;
  _added text := '';
  _keep record;
  -- A number for each item: follow-ups may part them into batches of their own.
  _batch bigint := nextval('fw.seq') << 12;
begin
  perform fn.hold_shared('ring/' || q) from (
    select distinct (value)::text::int as q from json_array_elements(_more->'queues') order by 1) as held where not _always;
  if _more->'dues' is not null then
    _dues := array(select fn.due_of((value->>0)::float8, (value->>1)::float8, _now) from json_array_elements(_more->'dues'));
  end if;
  for _after in select (value->>0)::int as item, value as jobs from json_array_elements(coalesce(_more->'after', '[]'))
      union all select _items, null loop
    if _after.item > _done then
      _some := fn.settle_some(_ss[_done + 1:_after.item], _loans[_done + 1:_after.item], _ns[_done + 1:_after.item],
        _letters[_done + 1:_after.item], _texts[_done + 1:_after.item], _dues[_done + 1:_after.item], _done, _batch, _now);
      _settled := _settled || _some;
      _done := _after.item;
    end if;
    if _after.jobs is not null and _after.item = any(_some) then
      _added := _added || ',[' || _after.item || ',' || to_json(fn.enqueue_in((_after.jobs->>1)::json, _after.jobs->>2, (_after.jobs->>3)::int[], (_after.jobs->>4)::int[],
        _after.jobs->>5, _after.jobs->>6, _after.jobs->>7, (_after.jobs->>8)::float8[], (_after.jobs->>9)::float8[], (_after.jobs->>10)::json, _always))::text || ']';
    end if;
  end loop;
  for _keep in select key::int as q, (value->>0)::bigint as count, (value->>1)::bigint as age from json_each(_more->'keep') loop
    perform fn.trim_done(_keep.q, _keep.count, _keep.age, _items, _now);
  end loop;
  return '{"stale":' || case when cardinality(_settled) = _items then '[]' else
    (select to_json(array(select i from generate_series(1, _items) as i where i <> all(_settled)))::text) end
    || ',"added":[' || substr(_added, 2) || ']}';
end $$;

-- Forget the done jobs of a queue that are too many or too old, oldest first, a bounded piece a call, whole batches where they are in
-- the way as a whole. Who finds somebody else at it leaves it to him.
create or replace function fn.trim_done(_q int, _count bigint, _age bigint, _more int, _now bigint) returns void language plpgsql as $$
begin
  -- Where many are kept, counting them each time would cost more than keeping a few too many.
  if _count > 1000 and random() > 16.0 * _more / _count then
    return;
  end if;
  if not pg_try_advisory_xact_lock(hashtextextended('{schema}/trim/' || _q, 0)) then
    return;
  end if;
  perform fn.trim_kept(_q, _count, _age, greatest(_more + 250, case when _count > 1000 then least(_count / 4, 5000)::int end), _now);
end $$;

-- A done job that is removed or retried is kept no longer.
create or replace function fn.leave_kept(_n bigint) returns void language plpgsql as $$
begin
  update fw.kept k set jobs = k.jobs - 1, ns = array_remove(k.ns, _n) from fw.ended e
  where e.n = _n and e.batch is not null and k.q = e.q and k.batch = e.batch and _n = any(k.ns);
end $$;

create or replace function fn.settle(_s bigint, _lane int, _seq bigint, _ss bigint[], _loans bigint[], _ns bigint[], _kinds text, _texts text[], _more json) returns text language plpgsql {fast} as $$
declare
  _answer text := fn.recall(_s, _lane, _seq, 'settle');
begin
  if _answer is null then
    _answer := fn.settle_in(_ss, _loans, _ns, _kinds, _texts, _more, false);
    perform fn.remember(_s, _lane, _seq, 'settle', _answer);
  end if;
  return _answer;
end $$;

create or replace function fn.settle_within(_ss bigint[], _loans bigint[], _ns bigint[], _kinds text, _texts text[], _more json) returns text language plpgsql {fast} as $$
begin
  return fn.settle_in(_ss, _loans, _ns, _kinds, _texts, _more, true);
end $$;
