-- Jobs into the stream of their queue, or aside until they are due, or among those that have ended.
--- include unique

local named

function begin.put()
  named = {}
end

-- A queue that exists is listed.
function fw.nameQueue(queue)
  if named[queue] then return end
  named[queue] = true
  call('SADD', P .. 'queues', queue)
end

-- Whoever waits at this queue looks again.
function fw.wake(queue)
  call('XADD', P .. 'wake:' .. queue, 'MAXLEN', 1, '*', 'at', now)
end

function fw.push(queue, job)
  local entry = call('XADD', fw.queueKey(queue), '*', unpack(fw.fieldsOf(job)))
  fw.putAt(job.id, 'q', entry, queue)
  fw.nameQueue(queue)
end

function fw.park(queue, job, dueAt)
  local due = P .. 'due:' .. queue
  local first = call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
  job.dueAt = string.format('%.0f', dueAt)
  call('ZADD', due, dueAt, job.id)
  call('HSET', P .. 'later:' .. queue, job.id, cjson.encode(fw.fieldsOf(job)))
  fw.putAt(job.id, 'd', '0', queue)
  fw.nameQueue(queue)
  if not first or dueAt < tonumber(first) then fw.wake(queue) end
end

-- Those whose time has come, oldest first, at most so many a call.
local promotedMost = 500

function fw.promote(queue)
  local due, later = P .. 'due:' .. queue, P .. 'later:' .. queue
  local ids = call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, promotedMost)
  if #ids == 0 then return end
  for i, text in ipairs(fw.fields(later, ids)) do
    if text then fw.push(queue, fw.jobOf(queue, '0-0', cjson.decode(text)))
    else fw.forget({ ids[i] }) end
  end
  fw.all('ZREM', due, ids)
  fw.all('HDEL', later, ids)
end

-- A job has ended, and is kept with the reason.
function fw.bury(queue, letter, job, reason)
  local unique = fw.uniqueOf(job)
  if unique then fw.letGo(queue, unique[1], job.id) end
  job.reason, job.error = reason or '', nil
  local entry = call('XADD', P .. outcomes[letter] .. ':' .. queue, '*', unpack(fw.fieldsOf(job)))
  fw.putAt(job.id, letter, entry, queue)
end
