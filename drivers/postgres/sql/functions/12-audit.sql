-- Each job is in exactly one place, and each place holds jobs that exist: a piece of 1,000 a call. Needed after nothing that fiber-work
-- does, since all of that is one transaction; after somebody else's hands in the tables.
create or replace function fn.audit(_stage text, _from bigint) returns json language plpgsql {fast} as $$
declare
  _now bigint := fn.now_ms();
  _seen bigint[];
  _wrong bigint[];
begin
  if _stage = 'jobs' then
    _seen := array(select n from fw.job where n > _from order by n limit 1000);
    _wrong := array(select j.n from unnest(_seen) as c(n) join fw.job j on j.n = c.n left join fw.note t on t.n = j.n
      where not exists (select 1 from fw.ready r where r.line = j.line and r.rank = j.rank and r.pos = coalesce(t.pos, j.n) and r.n = j.n)
        and not exists (select 1 from fw.delayed d where d.n = j.n) and not exists (select 1 from fw.ended e where e.n = j.n)
        and not exists (select 1 from fw.session s join fw.running r on r.s = s.s and r.n = j.n where s.state < 2));
    delete from fw.running where n = any(_wrong) and s in (select s from fw.session where state = 2);
    update fw.note set pos = null where n = any(_wrong);
    insert into fw.ready (line, rank, pos, n, since, attempts, crashes)
    select line, rank, n, n, _now, 0, 0 from fw.job where n = any(_wrong) on conflict do nothing;
    insert into fw.stir (q, line) select distinct q, line from fw.job where n = any(_wrong);
  elsif _stage = 'places' then
    _seen := array(select n from fw.note where n > _from order by n limit 1000);
    _wrong := array(select n from unnest(_seen) as c(n) where not exists (select 1 from fw.job j where j.n = c.n));
    delete from fw.note where n = any(_wrong);
  elsif _stage = 'delayed' then
    _seen := array(select n from fw.delayed where n > _from order by n limit 1000);
    _wrong := array(select c.n from unnest(_seen) as c(n) where not exists (select 1 from fw.job j where j.n = c.n));
    delete from fw.delayed where n = any(_wrong);
  elsif _stage = 'ended' then
    _seen := array(select n from fw.ended where n > _from order by n limit 1000);
    _wrong := array(select c.n from unnest(_seen) as c(n) where not exists (select 1 from fw.job j where j.n = c.n));
    delete from fw.ended where n = any(_wrong);
  else
    _seen := array(select line from fw.line where line > _from order by line limit 1000);
    _wrong := array(select l.line from unnest(_seen) as c(line) join fw.line l on l.line = c.line
      where l.grouped and l.place = 0 and exists (select 1 from fw.ready r where r.line = l.line)
        and not exists (select 1 from fw.stir t where t.q = l.q and t.line = l.line));
    insert into fw.stir (q, line) select q, line from fw.line where line = any(_wrong);
  end if;
  return json_build_object('checked', cardinality(_seen), 'repaired', cardinality(_wrong),
    'next', case when cardinality(_seen) = 1000 then _seen[1000] end);
end $$;
