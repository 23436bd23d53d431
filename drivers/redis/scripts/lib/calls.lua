-- The newest call of each lane and its answer, for an hour after the last one: a cut reply is answered by asking again.
--- include base

local callsKey = P .. 'calls:' .. ARGV[1]
local lane, seq = ARGV[2], tonumber(ARGV[3])

-- The recorded answer of this very call, nothing when it is new, or why it is refused.
function fw.recall(verb)
  local record = call('HGET', callsKey, lane)
  if not record then return nil end
  local at, by, answer = string.match(record, '^(%d+)\n(%a+)\n(.*)$')
  at = tonumber(at)
  if at == seq and by == verb then return answer end
  if at >= seq then
    return { refused = 'Lane ' .. lane .. ' has already answered call ' .. at .. ' (' .. by .. ').' }
  end
  return nil
end

-- Of any session: the answer to a call of it.
function fw.record(key, lane_, seq_, verb, answer)
  call('HSET', key, lane_, seq_ .. '\n' .. verb .. '\n' .. answer)
  call('PEXPIRE', key, 3600000)
end

function fw.remember(verb, answer)
  fw.record(callsKey, lane, ARGV[3], verb, answer)
end
