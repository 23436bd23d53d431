-- Format 1. What the tables are for stands in ../README.md ("Layout").
--
-- Numbers n (jobs), loan and pos come from one counter that only rises (fw_meta 'seq'): none is ever used twice.
-- STRICT, so that `any` keeps a text as it is ("01" is not 1). Columns of type `any` hold text, or a blob of UTF-16 where the text has lone surrogates, which UTF-8 cannot hold.
-- Times are milliseconds since 1970 by SQLite's clock.

create table fw_meta (
  key text primary key,
  value int not null
) strict, without rowid;

insert into fw_meta (key, value) values ('seq', 0);

create table fw_queue (
  q integer primary key,
  name any not null unique,
  paused int not null default 0,
  ready int not null default 0,
  delayed int not null default 0,
  running int not null default 0,
  done int not null default 0,
  dead int not null default 0,
  cancelled int not null default 0,
  quarantined int not null default 0,
  turn real not null default 0,             -- virtual time: the turn of the line that was served last
  frozen_until int not null default 0,
  counts int not null default 0,            -- 1: running jobs are counted per line, because a cap needs it
  limits text,                              -- LimitSettings of the scope `queue`
  group_limits text,                        -- LimitSettings of the scope `groups`
  buckets text,                             -- fullAtMs of each rate
  revision int not null default 0,
  kept_head int not null default 0          -- how many of the oldest batch in fw_kept are trimmed already
) strict;

-- One line for each group of a queue, and one for the jobs without a group.
create table fw_line (
  line integer primary key,
  q int not null,
  grouped int not null,
  grp any not null,
  place int not null default 0,             -- 0 empty, 1 takes its turns, 2 parked until `wake`, 3 at its cap
  turn real not null default 0,
  ready int not null default 0,
  running int not null default 0,           -- kept only while fw_queue.counts
  wake int not null default 0,
  frozen_until int not null default 0,
  limits text,                              -- LimitSettings of this group
  buckets text,
  unique (q, grouped, grp)
) strict;
create index fw_line_turn on fw_line (q, turn) where place = 1;
create index fw_line_wake on fw_line (q, wake) where place = 2;
create index fw_line_capped on fw_line (q) where place = 3;
create index fw_line_frozen on fw_line (q) where frozen_until > 0;
create index fw_line_limits on fw_line (q) where limits is not null;

-- What was enqueued; never changed afterwards, so that a body is written once.
create table fw_job (
  n integer primary key,
  id any not null,
  line int not null,
  rank int not null,                        -- 9 - priority
  name any not null,
  at int not null,                          -- when it was enqueued
  due int,                                  -- until when it was delayed at first
  extra text,                               -- JSON of unique, tags, headers
  body any not null
) strict;
create unique index fw_job_id on fw_job (id);

-- What has happened to a job since. A job without a row has never been touched: delayed when fw_job.due, else ready at pos = n.
create table fw_fate (
  n integer primary key,
  line int not null,
  state int not null,                       -- 0 waits (delayed when due, else ready), 1 runs, 2 done, 3 dead, 4 cancelled, 5 quarantined
  loan int not null default 0,              -- the fence: the loan that holds it, 0 when none does
  attempts int not null default 0,
  crashes int not null default 0,
  pos int,                                  -- its place in fw_ready
  due int,
  started int,
  settled int,
  batch int,                                -- the batch of fw_kept that trims it
  cancelling int,
  text any,                                 -- result of a done job (its last error: error.sql), else the last error or reason
  progress any
) strict;
create index fw_fate_failed on fw_fate (state, settled) where state > 2;
create index fw_fate_cancelling on fw_fate (loan) where cancelling = 1 and state = 1;

create table fw_ready (
  line int not null,
  rank int not null,
  pos int not null,
  n int not null,
  since int not null,
  attempts int not null,
  crashes int not null,
  primary key (line, rank, pos)
) strict, without rowid;

create table fw_delayed (
  q int not null,
  due int not null,
  n int not null,
  line int not null,
  rank int not null,
  attempts int not null,
  crashes int not null,
  primary key (q, due, n)
) strict, without rowid;

create table fw_key (
  q int not null,
  key any not null,
  n int not null,
  id any not null,
  until int,                                -- null: until the job is settled
  primary key (q, key)
) strict, without rowid;
create index fw_key_until on fw_key (until) where until is not null;

create table fw_session (
  s integer primary key,
  name text not null unique,
  state int not null default 0,             -- 0 lives, 1 revoked, 2 ended
  opened int not null,
  lease_until int not null,
  lease int not null,
  about any not null
) strict;
create index fw_session_lease on fw_session (state, lease_until);

-- One row for each reserve that took something: `ns` are the numbers of its jobs (float64), `open` how many are unsettled.
create table fw_loan (
  loan integer primary key,
  s int not null,
  open int not null,
  ns blob not null
) strict;
create index fw_loan_session on fw_loan (s);

-- The newest call of each lane and its answer.
create table fw_call (
  s int not null,
  lane int not null,
  seq int not null,
  verb text not null,
  at int not null,
  answer any not null,
  primary key (s, lane)
) strict, without rowid;

-- Done jobs in the order in which they were settled, one row for each settle: what trims first in, first out.
create table fw_kept (
  q int not null,
  batch int not null,
  at int not null,
  ns blob not null,
  primary key (q, batch)
) strict, without rowid;

create table fw_ledger (
  key any primary key,
  value any not null,
  version int not null
) strict, without rowid;
