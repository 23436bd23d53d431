-- The newest call of each lane and its answer, for an hour after the last one: a cut reply is answered by asking again.
--- include base

local keptMs, keptSlackMs = 3600000, 60000

local callsKey, lane, seq, keptSince

function begin.calls()
  callsKey, lane, seq = P .. 'calls:' .. args[1], args[2], tonumber(args[3])
end

-- The answer that a session has recorded of a lane, and since when all of them are kept.
function fw.recorded(key, some)
  local f = call('HMGET', key, some, 'since')
  local at, by, answer = string.match(f[1] or '', '^(%d+)\n(%a+)\n(.*)$')
  return tonumber(at), by, answer, tonumber(f[2] or 0)
end

-- The recorded answer of this very call, nothing when it is new, or why it is refused.
function fw.recall(verb)
  local at, by, answer
  at, by, answer, keptSince = fw.recorded(callsKey, lane)
  if not at then return nil end
  if at == seq and by == verb then return answer end
  if at >= seq then
    return { refused = 'Lane ' .. lane .. ' has already answered call ' .. at .. ' (' .. by .. ').' }
  end
  return nil
end

-- Of any session: the answer to a call of it. How long they are kept is told anew once a minute.
function fw.record(key, some, number, verb, answer, since)
  local text = number .. '\n' .. verb .. '\n' .. answer
  if now - since < keptSlackMs then return call('HSET', key, some, text) end
  call('HSET', key, some, text, 'since', now)
  call('PEXPIRE', key, keptMs + keptSlackMs)
end

function fw.remember(verb, answer)
  fw.record(callsKey, lane, args[3], verb, answer, keptSince)
end
