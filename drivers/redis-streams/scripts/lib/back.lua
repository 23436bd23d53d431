-- Jobs that come back from their loan and wait again.
--- include put
--- include past
--- include failures

-- What was said of jobs while they ran.
function fw.forgetWishes(ids)
  for _, name in ipairs({ 'cancelling', 'progress' }) do
    if call('EXISTS', P .. name) == 1 then fw.all('HDEL', P .. name, ids) end
  end
end

-- As a new entry at the end of the line, or until it is due. One that somebody wants cancelled is cancelled instead.
function fw.comeBack(queue, job, dueAt)
  if call('HDEL', P .. 'cancelling', job.id) == 1 then
    fw.forgetWishes({ job.id })
    return fw.bury(queue, 'c', job, 'cancelled while it ran')
  end
  job.dueAt = nil
  if dueAt and dueAt > now then fw.park(queue, job, dueAt)
  else fw.push(queue, job) end
end

-- Entries that are not on loan any more; they leave their stream.
function fw.leave(queue, entries)
  local key = fw.queueKey(queue)
  for from = 1, #entries, chunk do
    call('XACK', key, group, unpack(entries, from, fw.min(from + chunk - 1, #entries)))
  end
  fw.all('XDEL', key, entries)
end

-- What a session holds of a queue, oldest first, from behind an entry on.
function fw.heldIn(queue, session, after, count)
  local got = redis.pcall('XREADGROUP', 'GROUP', group, session, 'COUNT', count, 'STREAMS', fw.queueKey(queue), after)
  if not got or got.err then return {} end
  return got[1][2]
end

-- Take back what a session holds of a queue, at most `most` jobs, attempt given back. `keeps(entry, queue)` leaves some; `crashed(entry, queue)`
-- tells for which a crash is counted. Answers how many, and whether none is left to be asked for.
function fw.takeBack(queue, session, most, keeps, crashed)
  local taken, after = 0, '0'
  while taken < most do
    local entries = fw.heldIn(queue, session, after, fw.min(most - taken, 500))
    if #entries == 0 then return taken, true end
    for _, found in ipairs(entries) do
      local entry, fields = found[1], found[2]
      after = entry
      if not (keeps and keeps(entry, queue)) then
        local _, heldMs = fw.holderOfEntry(queue, entry)
        fw.leave(queue, { entry })
        -- Without fields: somebody deleted it while it was on loan.
        if fields then
          local job = fw.jobOf(queue, entry, fields)
          fw.notePast(session, queue, entry, job)
          job.startedAt = string.format('%.0f', now - (heldMs or 0))
          if crashed and crashed(entry, queue) then
            fw.count(job, 'crashes', 1)
            job.failures = fw.withFailure(job.failures, tonumber(job.attempts or 0) + 1, lost)
          end
          fw.comeBack(queue, job, nil)
          taken = taken + 1
        end
      end
    end
  end
  return taken, false
end

-- The queues at which a session is a consumer.
function fw.queuesOf(session)
  local queues = call('SMEMBERS', P .. 'streams:' .. session)
  table.sort(queues)
  return queues
end

-- Nothing of it is left: its name leaves the groups, and its calls are remembered on their own.
function fw.endSession(session)
  for _, queue in ipairs(fw.queuesOf(session)) do
    redis.pcall('XGROUP', 'DELCONSUMER', fw.queueKey(queue), group, session)
  end
  call('LREM', P .. 'dying', 0, session)
  call('DEL', P .. 's:' .. session, P .. 'streams:' .. session)
end

-- All queues of a session, at most `most` jobs. Answers how many, and whether that was all.
function fw.takeBackAll(session, most, crashed)
  local taken = 0
  for _, queue in ipairs(fw.queuesOf(session)) do
    local count, empty = fw.takeBack(queue, session, most - taken, nil, crashed)
    taken = taken + count
    if not empty then return taken, false end
  end
  return taken, true
end

-- How many entries a session holds.
function fw.heldCount(session)
  local count = 0
  for _, queue in ipairs(fw.queuesOf(session)) do
    local consumers = redis.pcall('XINFO', 'CONSUMERS', fw.queueKey(queue), group)
    for _, info in ipairs(consumers.err and {} or consumers) do
      if info[2] == session then count = count + info[4] end
    end
  end
  return count
end

-- Loans of a session, as `entry queue`, whose jobs somebody wants cancelled: the few there are, whoever runs them.
function fw.wishedOf(session)
  local wished, receipts = call('HGETALL', P .. 'cancelling'), {}
  for i = 2, #wished, 2 do
    local by, receipt = string.match(wished[i], '^(%S+) (.*)$')
    if by == session then receipts[#receipts + 1] = receipt end
  end
  return receipts
end
