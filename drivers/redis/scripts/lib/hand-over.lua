-- A job for which somebody waits goes straight to him: his reserve is answered here, over his bell, instead of telling him to
-- ask. The answer is recorded as that of his call, so that he gets it by asking again where the bell was cut off.
--- include calls
--- include line
--- include book

-- Larger ones are left to be asked for.
local handedMax = 16384

-- The call of this session that waits and has no answer yet: lane, seq, and since when its answers are kept.
function fw.waitingCall(session, book)
  local lane_, seq_ = string.match(book.waits or '', '^(%d+) (%d+)$')
  if not lane_ then return nil end
  local answered, _, _, since = fw.recorded(P .. 'calls:' .. session, lane_)
  if answered and answered >= tonumber(seq_) then return nil end
  return lane_, seq_, since
end

-- It is the queue's only job that is ready, and nothing limits it.
function fw.isFree(row)
  return row.ready == 0 and not row.paused and row.frozen <= now and not row.lim.q and not fw.has(row, 'p') and not fw.has(row, 'c')
end

-- Answers whether somebody has got it.
function fw.handOver(row, id, record, unique)
  if not fw.isFree(row) then return false end
  local idle = P .. 'idle:' .. row.name
  local waiter = call('ZPOPMAX', idle)
  if not waiter[1] or tonumber(waiter[2]) < now then return false end
  local bell, session = string.match(waiter[1], '^(%S+) (.*)$')
  local book = fw.openBook(session)
  local lane_, seq_, since = fw.waitingCall(session, book)
  if not lane_ then
    -- He does not wait like this: a ring may be of use to him all the same.
    call('ZADD', idle, waiter[2], waiter[1])
    return false
  end
  local startedAt_ = tostring(now)
  local number = fw.enter(book, row, startedAt_, { id }, id)
  fw.closeBook(book)
  if unique then call('HSET', P .. 'urun', id, session) end
  row.running, row.changed = row.running + 1, true
  fw.record(P .. 'calls:' .. session, lane_, seq_, 'reserve', tostring(number), since)
  local said = session
  if string.len(record) <= handedMax then
    said = said .. '\n' .. cjson.encode({ tonumber(lane_), tonumber(seq_), startedAt_, { number, row.name, startedAt_, id, { record }, {} } })
  end
  call('RPUSH', P .. bell, said)
  call('PEXPIRE', P .. bell, 60000)
  return true
end
