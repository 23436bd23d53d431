-- Done jobs that are kept: what there is to tell of each by its id, as a JSON array of `queue`, its queue, and the fields of its entry; and of each
-- queue their ids by the time they were settled.
--- include entry

function fw.doneKey(queue)
  return P .. 'done:' .. queue
end

function fw.doneJob(id)
  local text = call('HGET', P .. 'done', id)
  if not text then return nil end
  local fields = cjson.decode(text)
  return fw.jobOf(fields[2], '0-0', fields)
end

function fw.dropDone(queue, ids)
  fw.all('HDEL', P .. 'done', ids)
  fw.all('ZREM', fw.doneKey(queue), ids)
end

-- Those that are too many or too old, at most so many; answers how many went.
function fw.trimDone(queue, count, ageMs, most)
  local key = fw.doneKey(queue)
  local over = fw.max(0, fw.min(call('ZCARD', key) - count, most))
  if over > 0 then fw.dropDone(queue, call('ZRANGE', key, 0, over - 1)) end
  if over == most then return over end
  local old = call('ZRANGEBYSCORE', key, '-inf', '(' .. string.format('%.0f', now - ageMs), 'LIMIT', 0, most - over)
  fw.dropDone(queue, old)
  return over + #old
end

-- `records` are ids and what is told of them in turn; `keep` is how many, and for how long.
function fw.keepDone(queue, ids, records, keep)
  if keep[1] <= 0 then return end
  fw.all('HSET', P .. 'done', records)
  local times = {}
  for i, id in ipairs(ids) do
    times[2 * i - 1] = now
    times[2 * i] = id
  end
  fw.all('ZADD', fw.doneKey(queue), times)
  call('HSET', P .. 'keep', queue, string.format('%.0f %.0f', keep[1], keep[2]))
  fw.trimDone(queue, keep[1], keep[2], 2 * #ids + 100)
end
