-- Nothing is taken from these queues. ARGV: their names.
--- include queue

for i = 1, #ARGV do
  local row = queueOf(ARGV[i])
  row.changed = true
  call('SADD', P .. 'paused', row.name)
  call('HSET', row.key, 'paused', 1)
end
writeRows()
return 1
