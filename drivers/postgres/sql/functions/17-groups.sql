-- The groups of a queue with ready or running jobs, most ready ones first. No counter tells how many are ready: they are counted, and where
-- they are more than `_visits`, a fair share of each group, and then those that are told. What limits them and the queue, and what was given out, stands beside.
create or replace function fn.groups(_name text, _limit int) returns json language plpgsql {fast} as $$
declare
  _visits constant int := 1000000;
  _now bigint := fn.now_ms();
  _queue fw.queue;
  _lines bigint[];
  _ready bigint[];
  _share bigint := 1e15;
  _total bigint;
  _full bigint[];
  _running bigint := 0;
  _busy bigint[];
  _busy_counts bigint[];
  _due bigint[];
begin
  select * into _queue from fw.queue where name = _name;
  if not found then
    return null;
  end if;
  select array_agg(line), array_agg(jobs), coalesce(sum(jobs), 0) into _busy, _busy_counts, _running from (
    select r.line, count(*) as jobs from fw.session s join fw.running r on r.s = s.s where s.state < 2 and r.q = _queue.q group by r.line) as t;
  _due := array(select line from fw.delayed where q = _queue.q and due <= _now order by due limit 10000);
  _lines := array(select line from fw.line where q = _queue.q limit 20000);
  select array_agg(line), array_agg(jobs), sum(jobs) into _full, _ready, _total from (
    select line, count(*) as jobs from (select r.line from fw.ready r where r.line = any(_lines) limit _visits) as t group by line) as t;
  if _total = _visits then
    _share := greatest(50, _visits / cardinality(_lines));
    select array_agg(line), array_agg(jobs) into _full, _ready from (
      select l.line, (select count(*) from (select 1 from fw.ready r where r.line = l.line limit _share) as t) as jobs from unnest(_lines) as l(line)) as t;
  end if;
  return (select json_build_object('now', _now, 'running', _running, 'limits', _queue.limits, 'groupLimits', _queue.group_limits,
      'frozenUntil', _queue.frozen_until, 'meter', _queue.meter, 'groups', coalesce(json_agg(json_build_object(
      'grp', case when l.grouped then l.grp end, 'ready', t.ready, 'running', t.running, 'limits', l.limits, 'frozenUntil', l.frozen_until, 'meter', l.meter)
      order by t.ready desc, t.running desc, t.line), '[]'))
    from (
      select s.line, case when s.ready >= _share then (select count(*) from fw.ready r where r.line = s.line) else s.ready end + s.due as ready, s.running
      from (
        select line, sum(ready) as ready, sum(due) as due, sum(running) as running from (
          select line, jobs as ready, 0 as due, 0 as running from unnest(_full, _ready) as a(line, jobs)
          union all select line, 0, 1, 0 from unnest(_due) as d(line)
          union all select line, 0, 0, jobs from unnest(_busy, _busy_counts) as b(line, jobs)) as u
        group by line order by sum(ready) + sum(due) desc, sum(running) desc, line limit _limit) as s) as t
    cross join lateral (select * from fw.line where line = t.line limit 1) as l);
end $$;
