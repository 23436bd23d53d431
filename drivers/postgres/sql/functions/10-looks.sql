create or replace function fn.depth(_names text[]) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
begin
  return (select coalesce(json_agg(json_build_object('ready', coalesce(r.ready, 0) + coalesce(d.due, 0), 'delayed', coalesce(d.jobs, 0) - coalesce(d.due, 0),
      'running', (select count(*) from fw.running where q = u.q),
      'done', e.done, 'dead', e.dead, 'cancelled', e.cancelled, 'quarantined', e.quarantined, 'paused', coalesce(u.paused, false),
      'oldest', case when least(o.since, d.first) is not null then greatest(0, _now - least(o.since, d.first)) end) order by w.ord), '[]')
    from unnest(_names) with ordinality as w(name, ord) left join fw.queue u on u.name = w.name
    left join lateral (select count(*) as ready from fw.ready where line = any(array(select line from fw.line l where l.q = u.q))) as r on true
    left join lateral (select count(*) as jobs, count(*) filter (where due <= _now) as due, min(due) filter (where due <= _now) as first
      from fw.delayed where q = u.q) as d on true
    left join lateral (select (select coalesce(sum(jobs), 0) from fw.kept where q = u.q) as done, count(*) filter (where state = 3) as dead,
      count(*) filter (where state = 4) as cancelled, count(*) filter (where state = 5) as quarantined from fw.ended where q = u.q and state > 2) as e on true
    left join lateral (select min(h.since) as since from (
        (select line from fw.line where q = u.q and not grouped) union all
        (select line from fw.stir where q = u.q order by k limit 50) union all
        (select line from fw.line where q = u.q and grouped and place > 0 order by turn limit 50)) as l, generate_series(0, 9) as p
      cross join lateral (select since from fw.ready where line = l.line and rank = p order by pos limit 1) as h) as o on true);
end $$;

-- Everything that is known about one job.
create or replace function fn.record(_n bigint, _now bigint) returns json language plpgsql as $$
begin
  return (select json_build_object('id', j.id, 'queue', u.name, 'grp', case when l.grouped then l.grp end, 'rank', j.rank, 'name', j.name, 'at', j.at,
      'extra', j.extra, 'body', j.body,
      'state', case when e.n is not null then (array['done', 'dead', 'cancelled', 'quarantined'])[e.state - 1]
        when r.n is not null then 'running' when d.due > _now then 'delayed' else 'ready' end,
      'due', d.due, 'attempts', coalesce(e.attempts, r.attempts, d.attempts, y.attempts, 0), 'crashes', coalesce(e.crashes, r.crashes, d.crashes, y.crashes, 0),
      'started', coalesce(e.started, r.started, t.started), 'settled', e.settled, 'session', a.name,
      'result', case when e.state = 2 then e.text end, 'error', case when e.state = 2 then e.error else coalesce(e.text, t.error) end,
      'progress', coalesce(e.progress, t.progress), 'failures', j.failures, 'cancelling', r.n is not null and t.cancelling)
    from fw.job j join fw.queue u on u.q = j.q join fw.line l on l.line = j.line
    left join fw.ended e on e.n = j.n left join fw.note t on t.n = j.n left join fw.delayed d on d.n = j.n
    left join lateral (select h.* from fw.session s cross join lateral (select * from fw.running as o where o.s = s.s and o.n = j.n limit 1) as h where s.state < 2) as r on true
    left join fw.session a on a.s = r.s
    left join fw.ready y on y.line = j.line and y.rank = j.rank and y.pos = coalesce(t.pos, j.n) and y.n = j.n
    where j.n = _n);
end $$;

create or replace function fn.find(_ids text[]) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
begin
  return (select coalesce(json_agg(fn.record(j.n, _now) order by i.ord), '[]')
    from unnest(_ids) with ordinality as i(id, ord) left join fw.job j on j.id = i.id);
end $$;

-- The next ones in the order of the turns, limits aside. What is due becomes ready on the way, as in a reserve.
create or replace function fn.peek(_name text, _limit int) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _queue fw.queue;
  _stands record;
begin
  select * into _queue from fw.queue where name = _name;
  if not found then
    return '[]';
  end if;
  perform fn.promote(_queue.q, _limit, _now);
  select array_agg(line) as lines, array_agg(turn) as turns, array_agg(weight) as weights, array_agg(_limit) as most into _stands from (
    select l.line, greatest(l.turn, _queue.turn) as turn,
      coalesce((l.limits->>'weight')::float8, (_queue.group_limits->>'weight')::float8, 1) as weight
    from fw.line l where l.q = _queue.q and exists (select 1 from fw.ready r where r.line = l.line) order by 2, 1 limit _limit) as s;
  return (select coalesce(json_agg(fn.record(n, _now) order by at, line, nth), '[]') from (
    select h.n, s.turn + (h.nth - 1) / s.weight as at, s.line, h.nth
    from unnest(_stands.lines, _stands.turns, _stands.weights) as s(line, turn, weight) cross join lateral (
      select r.n, row_number() over (order by r.rank, r.pos) as nth from fw.ready r where r.line = s.line order by r.rank, r.pos limit _limit) as h
    order by 2, 3, 4 limit _limit) as next);
end $$;

create or replace function fn.queues() returns json language plpgsql {fast} as $$
begin
  return (select coalesce(json_agg(u.name order by u.name), '[]') from fw.queue u where u.paused or u.limits is not null or u.group_limits is not null
    or u.frozen_until > fn.now_ms() or exists (select 1 from fw.delayed where q = u.q) or exists (select 1 from fw.ended where q = u.q and state > 2)
    or exists (select 1 from fw.kept where q = u.q and jobs > 0)
    or exists (select 1 from fw.line l where l.q = u.q and (l.limits is not null or exists (select 1 from fw.ready r where r.line = l.line)))
    or exists (select 1 from fw.session s join fw.running r on r.s = s.s where s.state < 2 and r.q = u.q));
end $$;

create or replace function fn.sessions() returns json language plpgsql {fast} as $$
begin
  return (select coalesce(json_agg(json_build_object('session', name, 'about', about, 'health', health, 'opened', opened, 'lease', lease_until,
    'held', (select count(*) from fw.running r where r.s = a.s)) order by s), '[]') from fw.session a where state = 0);
end $$;
