#!lua flags=allow-oom
-- Nothing is taken from these queues. ARGV: their names.
--- include queue

for i = 1, #ARGV do
  local row = fw.queueOf(ARGV[i])
  row.changed = true
  call('SADD', P .. 'paused', row.name)
  call('HSET', row.key, 'paused', 1)
end
fw.writeRows()
return 1
