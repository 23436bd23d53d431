#!lua flags=allow-oom
-- Take back what sessions past their lease held. ARGV: limit, how long the dead are kept.
--- include back
--- include ended

local limit, deadAgeMs = tonumber(ARGV[1]), tonumber(ARGV[2])

-- `entry queue` of a receipt.
function fw.stillHeld(session, receipt)
  local entry, queue = string.match(receipt, '^(%S+) (.*)$')
  return entry and fw.holderOfEntry(queue, entry) == session
end

-- Of the accused those count that are on loan still; the others had no part in the death.
function fw.weigh(session)
  local accused = call('HGET', P .. 's:' .. session, 'accused')
  if not accused then return end
  local guilty = {}
  for _, receipt in ipairs(cjson.decode(accused)) do
    if fw.stillHeld(session, receipt) then guilty[#guilty + 1] = receipt end
  end
  if #guilty > 0 then call('HSET', P .. 's:' .. session, 'accused', cjson.encode(guilty))
  else call('HDEL', P .. 's:' .. session, 'accused') end
end

for _, session in ipairs(call('ZRANGEBYSCORE', P .. 'sessions', '-inf', now, 'LIMIT', 0, 100)) do
  fw.weigh(session)
  call('ZREM', P .. 'sessions', session)
  call('RPUSH', P .. 'dying', session)
end

-- For which of its jobs a crash is counted: those that its guardian accused, else all that had begun. None when it was closing.
function fw.crashesOf(session)
  local f = call('HMGET', P .. 's:' .. session, 'closing', 'accused', 'unbegun')
  if f[1] then return nil end
  local told = {}
  for _, receipt in ipairs(cjson.decode(f[2] or f[3] or '[]')) do told[receipt] = true end
  local accused = f[2] and true or false
  return function(entry, queue) return (told[entry .. ' ' .. queue] or false) == accused end
end

-- A consumer of ours whose session is nowhere: what was known of it was evicted, or deleted.
function fw.findOrphans(queue)
  local consumers = redis.pcall('XINFO', 'CONSUMERS', fw.queueKey(queue), group)
  for _, info in ipairs(consumers.err and {} or consumers) do
    local session = info[2]
    local ours = string.find(session, '^%x+%-%w+$') and not call('ZSCORE', P .. 'sessions', session)
    if ours and not call('LPOS', P .. 'dying', session) then
      call('SADD', P .. 'streams:' .. session, queue)
      call('RPUSH', P .. 'dying', session)
    end
  end
end

-- A few queues a call, in turn.
local scan = call('SSCAN', P .. 'queues', call('HGET', P .. 'n', 'tidy') or '0', 'COUNT', 10)
call('HSET', P .. 'n', 'tidy', scan[1])
for _, queue in ipairs(scan[2]) do
  fw.findOrphans(queue)
  for letter in pairs(outcomes) do fw.forgetOld(letter, queue, deadAgeMs, 100) end
  local count, ageMs = string.match(call('HGET', P .. 'keep', queue) or '', '^(%d+) (%d+)$')
  if count then fw.trimDone(queue, tonumber(count), tonumber(ageMs), 100) end
end

local taken = 0
while taken < limit do
  local session = call('LINDEX', P .. 'dying', 0)
  if not session then break end
  local count, over = fw.takeBackAll(session, limit - taken, fw.crashesOf(session))
  taken = taken + count
  if over then fw.endSession(session) end
end
fw.writePlaces()
return { taken, call('EXISTS', P .. 'dying') }
