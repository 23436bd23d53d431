-- What a guardian and a worker say of a session, beside it: an older release knows nothing of this table and does without.
create table fw_keep (
  s integer primary key,
  health any,                               -- JSON about the main loop
  accused text,                             -- JSON: the receipts for which a death of the session counts as a crash
  unbegun text                              -- JSON: the receipts for which it does not
) strict;
