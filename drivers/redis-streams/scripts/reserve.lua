#!lua flags=allow-oom
-- Take jobs on loan. ARGV: session, lane, seq, limit, whether it may wait (1 or 0), then queue and limit of each demand.
-- Answers the time, the ids whose bodies are gone, the ms until time alone may bring something, where to wait (streams and the newest entries
-- in them), and of each queue its name and entries.
--- include calls
--- include take
--- include past

local session = ARGV[1]

local before = fw.recall('reserve')
if before then
  if type(before) == 'table' then return before.refused end
  return fw.lentBefore(session, before)
end
if not call('ZSCORE', P .. 'sessions', session) then return 'REVOKED' end

local left, wake, lent, record = tonumber(ARGV[4]), math.huge, {}, { tostring(now) }
for i = 6, #ARGV, 2 do
  local queue, most = ARGV[i], fw.min(left, tonumber(ARGV[i + 1]))
  fw.promote(queue)
  if most > 0 and call('SISMEMBER', P .. 'paused', queue) == 0 then
    local entries = fw.take(queue, session, most)
    left = left - #entries
    if #entries > 0 then
      lent[#lent + 1] = { queue, entries }
      record[#record + 1] = entries[1][1] .. ' ' .. entries[#entries][1] .. ' ' .. queue
      call('SADD', P .. 'streams:' .. session, queue)
    end
  end
end
fw.writePlaces()

if #lent == 0 and ARGV[5] == '1' then
  local places = {}
  for i = 6, #ARGV, 2 do
    local queue = ARGV[i]
    call('SADD', P .. 'streams:' .. session, queue)
    local first = call('ZRANGE', P .. 'due:' .. queue, 0, 0, 'WITHSCORES')[2]
    if first then wake = fw.min(wake, tonumber(first)) end
    for _, key in ipairs({ fw.queueKey(queue), P .. 'wake:' .. queue }) do
      places[#places + 1] = key
      places[#places + 1] = fw.newestIn(key)
    end
  end
  return { tostring(now), {}, wake < math.huge and tostring(fw.max(0, wake - now)) or '', places }
end
fw.remember('reserve', table.concat(record, '\n'))
return { tostring(now), {}, '', {}, unpack(lent) }
