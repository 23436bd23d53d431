-- How full queues are. ARGV: their names. Of each: ready, delayed, running, done, dead, cancelled, quarantined, paused, and for how long its oldest
-- ready job has been ready ('' when none is).
--- include places

local answer = {}
for i, queue in ipairs(ARGV) do
  local key, due = fw.queueKey(queue), P .. 'due:' .. queue
  local running, last = fw.groupOf(key)
  local next = call('XRANGE', key, '(' .. last, '+', 'COUNT', 1)[1]
  local job = next and fw.jobOf(queue, next[1], next[2])
  local oldest = job and tonumber(job.dueAt or string.match(next[1], '^%d+'))
  -- Those whose time has come are ready, before the next reserve lines them up.
  local over = call('ZCOUNT', due, '-inf', now)
  if over > 0 then oldest = fw.min(oldest or now, tonumber(call('ZRANGE', due, 0, 0, 'WITHSCORES')[2])) end
  answer[i] = {
    fw.max(0, call('XLEN', key) - running) + over, call('ZCARD', due) - over, running, call('ZCARD', P .. 'done:' .. queue),
    call('XLEN', P .. 'dead:' .. queue), call('XLEN', P .. 'cancelled:' .. queue), call('XLEN', P .. 'quarantined:' .. queue),
    call('SISMEMBER', P .. 'paused', queue), oldest and tostring(fw.max(0, now - oldest)) or '',
  }
end
return answer
