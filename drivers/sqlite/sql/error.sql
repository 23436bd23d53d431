-- Of a done job whose `text` is its result: the last error before that. An older release knows nothing of this column, names those that it writes, and does without.
alter table fw_fate add column error any;
