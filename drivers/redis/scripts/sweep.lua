#!lua flags=allow-oom
-- Take back what sessions past their lease held. ARGV: '' (no session), limit, how long failed jobs are kept.
--- include back
--- include ledger

local limit, deadAgeMs = tonumber(ARGV[2]), tonumber(ARGV[3])

-- Of the accused those count that are on loan still; the others had no part in the death.
function fw.weigh(session)
  local accused = call('HGET', P .. 's:' .. session, 'accused')
  -- An empty list says that the guilty are on another shard.
  if not accused or accused == '[]' then return end
  local guilty = {}
  for _, receipt in ipairs(cjson.decode(accused)) do
    local number, place = string.match(receipt, '^(%d+)%.(%d+)$')
    local bits = number and call('HGET', P .. 'held:' .. session, 'b' .. number)
    if bits and string.byte(bits, tonumber(place) + 1) == 49 then guilty[#guilty + 1] = receipt end
  end
  if #guilty > 0 then call('HSET', P .. 's:' .. session, 'accused', cjson.encode(guilty))
  else call('HDEL', P .. 's:' .. session, 'accused') end
end

for _, session in ipairs(call('ZRANGEBYSCORE', P .. 'sessions', '-inf', now, 'LIMIT', 0, 100)) do
  fw.weigh(session)
  call('HDEL', P .. 'held:' .. session, 'waits')
  call('ZREM', P .. 'sessions', session)
  call('RPUSH', P .. 'dying', session)
end

-- For which of its jobs a crash is counted: those that its guardian accused, else all that had begun. None when it was closing.
function fw.crashesOf(session)
  local f = call('HMGET', P .. 's:' .. session, 'closing', 'accused', 'unbegun')
  if f[1] then return nil end
  local named = {}
  for _, receipt in ipairs(cjson.decode(f[2] or f[3] or '[]')) do named[receipt] = true end
  local accused = f[2] and true or false
  return function(number, place) return (named[number .. '.' .. place] or false) == accused end
end

local taken = 0
while taken < limit do
  local session = call('LINDEX', P .. 'dying', 0)
  if not session then break end
  held, loans, returned, over = P .. 'held:' .. session, {}, 0, true
  local crashed = fw.crashesOf(session)
  for _, number in ipairs(fw.loanNumbers()) do
    if taken >= limit then break end
    taken = taken + fw.takeBack(number, limit - taken, nil, crashed)
  end
  fw.writeLoans()
  if #fw.loanNumbers() == 0 then
    call('LPOP', P .. 'dying')
    call('DEL', P .. 's:' .. session)
    -- What it was told is remembered as long as its calls are.
    call('PEXPIRE', held, 3600000)
  end
end

-- A few queues a call are freed of what is too old, in turn.
local scan = call('SSCAN', P .. 'queues', call('HGET', P .. 'n', 'tidy') or '0', 'COUNT', 10)
call('HSET', P .. 'n', 'tidy', scan[1])
for _, name in ipairs(scan[2]) do
  local row = fw.queueOf(name)
  for letter in pairs(failures) do fw.trimOld(row, letter, deadAgeMs, 100) end
  local count, ageMs = string.match(row.keep or '', '^(%d+),(%d+)$')
  if count then fw.trimDone(row, tonumber(count), tonumber(ageMs), 100) end
end
fw.tidyFailures()
fw.writeRows()
fw.endTerms(250)
return { taken, call('EXISTS', P .. 'dying') }
