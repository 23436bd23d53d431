-- A job for which somebody waits goes straight to him: his reserve is answered here, over his bell, instead of telling him to
-- ask. The answer is recorded as that of his call, so that he gets it by asking again where the bell was cut off.
--- include lend

-- Larger ones are left to be asked for.
local handedMax = 16384

-- The call of this session that waits and has no answer yet: lane and seq.
function fw.waitingCall(session)
  local lane_, seq_ = string.match(call('HGET', P .. 's:' .. session, 'waits') or '', '^(%d+) (%d+)$')
  if not lane_ or not call('ZSCORE', P .. 'sessions', session) then return nil end
  local answered = string.match(call('HGET', P .. 'calls:' .. session, lane_) or '', '^%d+')
  if answered and tonumber(answered) >= tonumber(seq_) then return nil end
  return lane_, seq_
end

function fw.handOver(row)
  local idle = P .. 'idle:' .. row.name
  local waiter = call('ZPOPMAX', idle)
  if not waiter[1] or tonumber(waiter[2]) < now then return end
  local bell, session = string.match(waiter[1], '^(%S+) (.*)$')
  local lane_, seq_ = fw.waitingCall(session)
  local lent = lane_ and fw.lend(session, { row.name, 1 }, 1)
  local loan = lent and lent.loans[1]
  if not loan then
    -- Limits hold it back, or he does not wait for it like this: he may want to know of it all the same.
    call('ZADD', idle, waiter[2], waiter[1])
    return
  end
  fw.record(P .. 'calls:' .. session, lane_, seq_, 'reserve', tostring(loan[1]))
  local text = session
  if string.len(loan[5][1]) <= handedMax then
    text = text .. '\n' .. cjson.encode({ tonumber(lane_), tonumber(seq_), startedAt, loan })
  end
  call('RPUSH', P .. bell, text)
  call('PEXPIRE', P .. bell, 60000)
end
