#!lua flags=allow-oom
-- Nothing is taken from these queues. ARGV: their names.
--- include base

fw.all('SADD', P .. 'paused', ARGV)
return 1
