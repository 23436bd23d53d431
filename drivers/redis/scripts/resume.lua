#!lua flags=allow-oom
-- Take from these queues again. ARGV: their names.
--- include queue

for i = 1, #ARGV do
  local row = fw.queueOf(ARGV[i])
  if call('SREM', P .. 'paused', row.name) + call('HDEL', row.key, 'paused') > 0 then row.sooner = true end
end
fw.writeRows()
return 1
