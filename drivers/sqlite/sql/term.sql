-- Until when a record of the ledger lives, beside it. An older release knows nothing of this table: what it writes over a record has another
-- version, and is not ended by what stands here.
create table fw_term (
  key any primary key,
  version int not null,
  until int not null
) strict, without rowid;
create index fw_term_until on fw_term (until);
