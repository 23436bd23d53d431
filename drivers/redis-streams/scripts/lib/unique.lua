-- Unique keys of a queue: `until id` by key. Until 0 is until the job has ended.
--- include places

function fw.holderOf(queue, key)
  local text = call('HGET', P .. 'keys:' .. queue, key)
  if not text then return nil end
  local untilMs, id = string.match(text, '^(%d+) (.*)$')
  untilMs = tonumber(untilMs)
  if untilMs > 0 and untilMs <= now then return nil end
  return id, untilMs
end

function fw.hold(queue, key, id, forMs)
  local untilMs = forMs > 0 and now + forMs or 0
  call('HSET', P .. 'keys:' .. queue, key, string.format('%.0f %s', untilMs, id))
  if untilMs == 0 then return end
  call('ZADD', P .. 'timed', untilMs, queue .. '\n' .. key)
  -- Some of those whose time is over go with it.
  local over = call('ZRANGEBYSCORE', P .. 'timed', '-inf', now, 'LIMIT', 0, 20)
  for _, member in ipairs(over) do
    local of, held = string.match(member, '^(.-)\n(.*)$')
    local text = call('HGET', P .. 'keys:' .. of, held)
    local past = tonumber(text and string.match(text, '^%d+') or 0)
    if past > 0 and past <= now then call('HDEL', P .. 'keys:' .. of, held) end
  end
  fw.all('ZREM', P .. 'timed', over)
end

-- A job that ends frees its key, unless that is held for a time or is another one's by now.
function fw.letGo(queue, key, id)
  local holder, untilMs = fw.holderOf(queue, key)
  if holder == id and untilMs == 0 then call('HDEL', P .. 'keys:' .. queue, key) end
end

-- Whether a job with this key may come: nil when it may, else its letter and the holder. Replaces a holder that waits.
function fw.keyFor(queue, unique)
  local holder, untilMs = fw.holderOf(queue, unique[1])
  if not holder then return nil end
  local letter, entry, at = fw.placeOf(holder)
  local there = letter and not fw.hasEnded(letter) and fw.isThere(holder, letter, entry, at)
  -- A job that was lost holds nothing; one that has ended may hold its key for a while.
  if not there and untilMs == 0 then return nil end
  local begun = letter == 'q' and fw.holderOfEntry(at, entry)
  if unique[2] == 'keep' or not there or begun then return 'D', holder end
  fw.takeOut(holder, letter, entry, at)
  return 'r', holder
end
