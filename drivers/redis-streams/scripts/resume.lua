#!lua flags=allow-oom
-- Jobs are taken from these queues again. ARGV: their names.
--- include put

for _, queue in ipairs(ARGV) do
  if call('SREM', P .. 'paused', queue) == 1 then fw.wake(queue) end
end
return 1
