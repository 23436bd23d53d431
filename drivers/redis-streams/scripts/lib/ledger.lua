-- Small records with versions: `version until value` by key in one hash, their keys in order beside it, and those that end by themselves by
-- their time. Until 0 is for ever.
--- include base

local records, recordKeys, recordTimes

function begin.ledger()
  records, recordKeys, recordTimes = P .. 'ledger', P .. 'ledger-keys', P .. 'ledger-times'
end

-- Version and value; nothing of what has ended.
function fw.readRecord(text)
  if not text then return nil end
  local version, untilMs, value = string.match(text, '^(%d+) (%d+) (.*)$')
  untilMs = tonumber(untilMs)
  if untilMs > 0 and untilMs <= now then return nil end
  return version, value
end

function fw.dropRecord(key)
  call('HDEL', records, key)
  call('ZREM', recordKeys, key)
  call('ZREM', recordTimes, key)
end

function fw.putRecord(key, version, forMs, value)
  local untilMs = forMs > 0 and string.format('%.0f', now + forMs) or '0'
  call('HSET', records, key, version .. ' ' .. untilMs .. ' ' .. value)
  call('ZADD', recordKeys, 0, key)
  if forMs > 0 then call('ZADD', recordTimes, untilMs, key)
  else call('ZREM', recordTimes, key) end
end

-- Some of those whose time is over.
function fw.dropEnded()
  for _, key in ipairs(call('ZRANGEBYSCORE', recordTimes, '-inf', now, 'LIMIT', 0, 20)) do fw.dropRecord(key) end
end
