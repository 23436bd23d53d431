-- Format 1. What the tables are for stands in ../README.md ("Layout"). `{p}` is the prefix of the table names.
--
-- Numbers n (jobs), line, pos and batch come from the counter of their queue (`seq`), which only rises: none is ever used twice.
-- Names, ids and keys are bytes: no collation, no case, no trailing spaces. Times are milliseconds since 1970 by the server's clock.

create table if not exists {p}meta (
  name varbinary(32) not null primary key,
  value bigint not null
) engine=innodb;

create table if not exists {p}queue (
  q int unsigned not null auto_increment primary key,
  name varbinary(3000) not null unique,
  seq bigint not null default 0,
  paused tinyint not null default 0,
  ready bigint not null default 0,
  `delayed` bigint not null default 0,
  running bigint not null default 0,
  done bigint not null default 0,
  dead bigint not null default 0,
  cancelled bigint not null default 0,
  quarantined bigint not null default 0,
  turn double not null default 0,               -- virtual time: the turn of the line that was served last
  frozen_until bigint not null default 0,
  counts tinyint not null default 0,            -- 1: running jobs are counted per line, because a cap needs it
  limits text,                                  -- LimitSettings of the scope `queue`
  group_limits text,                            -- LimitSettings of the scope `groups`
  buckets text,                                 -- what rates and quota have given out
  revision bigint not null default 0,
  kept_head int not null default 0              -- how many of the oldest batch in {p}kept are trimmed already
) engine=innodb default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic;

-- One line for each group of a queue, and one for the jobs without a group (grp ''; groups are written '+name').
create table if not exists {p}line (
  q int unsigned not null,
  line bigint not null,
  grp varbinary(3001) not null,
  place tinyint not null default 0,             -- 0 empty, 1 takes its turns, 2 parked until `wake`, 3 at its cap
  turn double not null default 0,
  ready bigint not null default 0,
  running bigint not null default 0,            -- kept only while {p}queue.counts
  wake bigint not null default 0,
  frozen_until bigint not null default 0,
  limits text,                                  -- LimitSettings of this group
  buckets text,
  primary key (q, line),
  unique key by_group (q, grp),
  key by_turn (q, place, turn),
  key by_wake (q, place, wake)
) engine=innodb default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic;

-- What was enqueued; never changed afterwards, so that a body is written once.
create table if not exists {p}job (
  q int unsigned not null,
  n bigint not null,
  id varbinary(3000) not null,
  line bigint not null,
  prio tinyint not null,                        -- 9 - priority
  name varbinary(3000) not null,
  at bigint not null,                           -- when it was enqueued
  due bigint,                                   -- until when it was delayed at first
  extra mediumtext,                             -- JSON of unique, tags, headers
  body longtext not null,
  primary key (q, n),
  unique key by_id (id)
) engine=innodb default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic;

-- What has happened to a job since. A job without a row has never been touched: delayed when {p}job.due, else ready at pos = n.
create table if not exists {p}fate (
  q int unsigned not null,
  n bigint not null,
  line bigint not null,
  prio tinyint not null,
  state tinyint not null,                       -- 0 waits (delayed when due, else ready), 1 runs, 2 done, 3 dead, 4 cancelled, 5 quarantined
  s bigint not null default 0,                  -- the fence: session and loan that hold it, 0 when none do
  loan bigint not null default 0,
  attempts int not null default 0,
  crashes int not null default 0,
  pos bigint,                                   -- its place in {p}ready
  due bigint,
  started bigint,
  settled bigint,
  batch bigint,                                 -- the batch of {p}kept that trims it
  cancelling tinyint,
  text longtext,                                -- result of a done job, else the last error or reason
  error longtext,                               -- of a done job: its last error before that
  progress longtext,
  primary key (q, n)
) engine=innodb default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic;

create table if not exists {p}ready (
  q int unsigned not null,
  line bigint not null,
  prio tinyint not null,
  pos bigint not null,
  n bigint not null,
  since bigint not null,
  attempts int not null,
  crashes int not null,
  primary key (q, line, prio, pos)
) engine=innodb;

create table if not exists {p}delayed (
  q int unsigned not null,
  due bigint not null,
  n bigint not null,
  line bigint not null,
  prio tinyint not null,
  attempts int not null,
  crashes int not null,
  primary key (q, due, n)
) engine=innodb;

-- Jobs enqueued in somebody's own transaction, before a worker puts them among the ready or delayed ones.
create table if not exists {p}arrival (
  q int unsigned not null,
  n bigint not null,
  line bigint not null,
  prio tinyint not null,
  at bigint not null,
  due bigint,
  primary key (q, n)
) engine=innodb;

-- Jobs that ended without being done, by when: what forgets them when they are old.
create table if not exists {p}failed (
  q int unsigned not null,
  state tinyint not null,
  settled bigint not null,
  n bigint not null,
  primary key (q, state, settled, n),
  key by_age (settled)
) engine=innodb;

create table if not exists {p}ukey (
  q int unsigned not null,
  ukey varbinary(3000) not null,
  n bigint not null,
  id varbinary(3000) not null,
  until_at bigint,                              -- null: until the job is settled
  primary key (q, ukey),
  key by_job (q, n),
  key by_until (until_at)
) engine=innodb row_format=dynamic;

create table if not exists {p}session (
  s bigint not null auto_increment primary key,
  name varbinary(512) not null unique,
  state tinyint not null default 0,             -- 0 lives, 1 revoked, 2 ended
  opened bigint not null,
  lease_until bigint not null,
  lease bigint not null,
  about longtext not null,
  health longtext,                              -- JSON about the main loop, from its guardian
  accused longtext,                             -- JSON: the receipts for which a death of the session counts as a crash
  unbegun longtext,                             -- JSON: the receipts for which it does not
  key by_lease (state, lease_until)
) engine=innodb default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic;

-- What each reserve took of a queue: `ns` are the numbers of its jobs (ranges), `held` how many are unsettled.
create table if not exists {p}loan (
  s bigint not null,
  loan bigint not null,
  q int unsigned not null,
  held int not null,
  ns mediumtext not null,
  primary key (s, loan, q)
) engine=innodb default charset=ascii;

-- Running jobs that somebody wants cancelled, by the session that runs them.
create table if not exists {p}wish (
  s bigint not null,
  q int unsigned not null,
  n bigint not null,
  primary key (s, q, n)
) engine=innodb;

-- The newest call of each lane and its answer.
create table if not exists {p}call (
  s bigint not null,
  lane int not null,
  seq bigint not null,
  verb varbinary(16) not null,
  at bigint not null,
  answer longtext not null,
  primary key (s, lane)
) engine=innodb default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic;

-- Done jobs in the order in which they were settled, one row for each settle: what trims first in, first out.
create table if not exists {p}kept (
  q int unsigned not null,
  batch bigint not null,
  at bigint not null,
  ns mediumtext not null,
  primary key (q, batch)
) engine=innodb default charset=ascii;

create table if not exists {p}ledger (
  lkey varbinary(3000) not null primary key,
  value mediumtext not null,
  version bigint not null,
  until_at bigint,
  key by_until (until_at)
) engine=innodb default charset=utf8mb4 collate=utf8mb4_bin row_format=dynamic;

insert ignore into {p}meta (name, value) values ('seq', 0);
