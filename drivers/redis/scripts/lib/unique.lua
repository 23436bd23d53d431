-- Who holds a unique key: `id`, or `id\nuntil` with a window that outlives the job.
--- include queue

function fw.holderOf(row, key)
  local text = call('HGET', P .. 'uniq:' .. row.name, key)
  if not text then return nil end
  local id, untilMs = string.match(text, '^(.-)\n(%d+)$')
  if not id then return text end
  if tonumber(untilMs) > now then return id, tonumber(untilMs) end
  call('HDEL', P .. 'uniq:' .. row.name, key)
  return nil
end

function fw.hold(row, key, id, forMs)
  local holders, windows = P .. 'uniq:' .. row.name, P .. 'uwin:' .. row.name
  if forMs and forMs > 0 then
    -- Two old windows for each new one: they cannot pile up.
    for _, old in ipairs(call('ZRANGEBYSCORE', windows, '-inf', now, 'LIMIT', 0, 2)) do
      call('ZREM', windows, old)
      fw.holderOf(row, old)
    end
    call('HSET', holders, key, id .. '\n' .. (now + forMs))
    call('ZADD', windows, now + forMs, key)
  else
    call('HSET', holders, key, id)
  end
end

-- A job has ended: its key is free, if it holds it until its end.
function fw.letGo(row, key, id)
  local holders = P .. 'uniq:' .. row.name
  if call('HGET', holders, key) == id then call('HDEL', holders, key) end
end

-- The same for many jobs of a queue: `keys[i]` is that of `ids[i]`, 0 where it has none.
function fw.letGoAll(row, keys, ids)
  local holders, names, owners, free = P .. 'uniq:' .. row.name, {}, {}, {}
  for i, key in ipairs(keys) do
    if key ~= 0 then
      names[#names + 1] = key
      owners[#owners + 1] = ids[i]
    end
  end
  for i, holder in ipairs(fw.fields(holders, names)) do
    if holder == owners[i] then free[#free + 1] = names[i] end
  end
  fw.all('HDEL', holders, free)
  fw.all('HDEL', P .. 'urun', owners)
end
