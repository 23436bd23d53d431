-- Format 1. What the tables are for stands in ../README.md ("Layout"). `fw.` stands for the schema.
--
-- Numbers n (jobs), loan, s (sessions), pos and ledger versions come from one sequence: none is ever used twice.
-- Text is compared byte by byte (collate "C"). What Postgres cannot hold (NUL, lone surrogates) is escaped by ../codec.ts.
-- Times are milliseconds since 1970 by the server's clock.

create table fw.meta (
  key text collate "C" primary key,
  value text not null
);

create sequence fw.seq;

create table fw.queue (
  q int generated always as identity primary key,
  name text collate "C" not null unique,
  paused boolean not null default false,
  managed boolean not null default false,   -- it has had a group or a limit: reserves take turns, and look at the lines
  capped boolean not null default false,    -- a concurrencyMax is set somewhere: what runs is counted
  turn float8 not null default 0,           -- virtual time: the turn of the line that was served last
  frozen_until bigint not null default 0,
  limits jsonb,                             -- LimitSettings of the scope `queue`
  group_limits jsonb,                       -- LimitSettings of the scope `groups`
  meter jsonb,                              -- what its rates and its quota have given out
  revision bigint not null default 0
) with (fillfactor = 50, autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0.1);

-- One line for each group of a queue, and one for the jobs without a group.
create table fw.line (
  line bigint generated always as identity primary key,
  q int not null,
  grouped boolean not null,
  grp text collate "C" not null,
  place smallint not null default 0,        -- 0 empty, 1 takes its turns, 2 parked until `wake`, 3 at its cap
  turn float8 not null default 0,
  wake bigint not null default 0,
  frozen_until bigint not null default 0,
  limits jsonb,                             -- LimitSettings of this group
  meter jsonb,
  unique (q, grouped, grp)
) with (fillfactor = 70, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1);
create index line_turn on fw.line (q, turn, line) where place = 1;
create index line_wake on fw.line (q, wake) where place = 2;
create index line_own on fw.line (q) where limits is not null or frozen_until > 0;

-- Something has come to a line, or left it while it stood at its cap. Only ever written and deleted; who reserves next looks.
create table fw.stir (
  k bigint generated always as identity,
  q int not null,
  line bigint not null,
  primary key (q, k)
) with (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);

-- What was enqueued; never changed afterwards, so that a body is written once.
create table fw.job (
  n bigint primary key,
  id text collate "C" not null unique,
  q int not null,
  line bigint not null,
  rank smallint not null,                   -- 9 - priority
  name text collate "C" not null,
  at bigint not null,                       -- when it was enqueued
  due bigint,                               -- until when it was delayed at first
  ukey text collate "C",                    -- its unique key
  extra text,                               -- JSON of unique, tags, headers
  body text not null
) with (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.5);

create table fw.ready (
  line bigint not null,
  rank smallint not null,
  pos bigint not null,                      -- n, or a later number where it was put behind the others (fw.note.pos)
  n bigint not null,
  since bigint not null,
  attempts int not null,
  crashes int not null,
  primary key (line, rank, pos)
) with (autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table fw.delayed (
  n bigint primary key,
  q int not null,
  line bigint not null,
  rank smallint not null,
  due bigint not null,
  attempts int not null,
  crashes int not null
) with (autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index delayed_due on fw.delayed (q, due, n);

create table fw.running (
  s bigint not null,
  n bigint not null,
  loan bigint not null,                     -- the fence
  q int not null,
  line bigint not null,
  ord int not null,                         -- its place in the answer of its reserve
  attempts int not null,
  crashes int not null,
  started bigint not null,
  waited bigint not null,
  counted boolean not null,
  ukey text collate "C",
  primary key (s, n)
) with (fillfactor = 90, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index running_counted on fw.running (q, line) where counted;

-- What has ended and is kept.
create table fw.ended (
  n bigint primary key,
  q int not null,
  state smallint not null,                  -- 2 done, 3 dead, 4 cancelled, 5 quarantined
  settled bigint not null,
  started bigint,
  attempts int not null,
  crashes int not null,
  text text,                                -- result of a done job, else the reason
  error text,                               -- of a done job: the last error before
  progress text,
  batch bigint                              -- of a done job: the batch of fw.kept that trims it
) with (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
create index ended_failed on fw.ended (q, state, settled, n) where state > 2;

-- Done jobs in the order in which they were settled, one row for each settle: what trims and counts them. One that was removed or
-- retried since has left its row.
create table fw.kept (
  q int not null,
  batch bigint not null,
  at bigint not null,
  jobs int not null,
  ns bigint[] not null,
  primary key (q, batch)
) with (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

-- What happens to few jobs: a place behind the others, an error, progress, a wish to cancel.
create table fw.note (
  n bigint primary key,
  pos bigint,
  started bigint,                           -- when the last attempt began
  error text,
  progress text,
  cancelling boolean not null default false
) with (fillfactor = 80, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);
create index note_cancelling on fw.note (n) where cancelling;

create table fw.key (
  q int not null,
  key text collate "C" not null,
  n bigint not null,
  id text collate "C" not null,
  until bigint,                             -- null: until the job is settled
  primary key (q, key)
) with (autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.05);
create index key_until on fw.key (until) where until is not null;

create table fw.session (
  s bigint primary key,
  name text collate "C" not null unique,
  state smallint not null default 0,        -- 0 lives, 1 revoked with loans to take back, 2 ended
  opened bigint not null,
  lease_until bigint not null,
  lease bigint not null,
  about text not null default '',
  health text,
  accused text,                             -- JSON [[loan, n], …]: for these a death counts as a crash
  unbegun text                              -- JSON [[loan, n], …]: for these it does not
) with (fillfactor = 50, autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0.1);
create index session_lease on fw.session (state, lease_until);

-- Sessions that found a queue empty a moment ago: only for them a bell is rung.
create table fw.idle (
  q int not null,
  s bigint not null,
  until bigint not null,
  primary key (q, s)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0.1);

-- The newest call of each lane and its answer.
create table fw.call (
  s bigint not null,
  lane int not null,
  seq bigint not null,
  verb text not null,
  at bigint not null,
  answer text not null,
  primary key (s, lane)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

create table fw.ledger (
  key text collate "C" primary key,
  value text not null,
  version bigint not null,
  until bigint
) with (fillfactor = 80);
create index ledger_until on fw.ledger (until) where until is not null;
