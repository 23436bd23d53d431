-- Of a job's attempts those that failed or were lost, a line each. An older release knows nothing of this column: what fails there is not in it.
alter table {p}job add column failures longtext;
