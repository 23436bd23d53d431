-- What a session had on loan when it ended: whoever asks again for the answer to a reserve of it is told the same, for an hour.
--- include places

local pastMs = 3600000

function fw.notePast(session, queue, entry, job)
  local told = {}
  for name, value in pairs(job) do told[name] = value end
  told.sealed, told.body = nil, nil
  call('HSET', P .. 'past:' .. session, entry .. ' ' .. queue, cjson.encode(fw.fieldsOf(told)))
  call('PEXPIRE', P .. 'past:' .. session, pastMs)
end

-- The id of the newest entry that ever was in a stream.
function fw.newestIn(key)
  if call('EXISTS', key) == 0 then return '0-0' end
  local info = call('XINFO', 'STREAM', key)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
end

function fw.numbers(entry)
  local ms, seq = string.match(entry, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

function fw.isBefore(one, other)
  local ms, seq = fw.numbers(one)
  local otherMs, otherSeq = fw.numbers(other)
  if ms ~= otherMs then return ms < otherMs end
  return seq < otherSeq
end

-- Of one queue: what is on loan still stands in its stream; the rest is put together from what was noted, and where it is now.
function fw.lentOf(session, queue, first, last, broken)
  local entries = call('XRANGE', fw.queueKey(queue), first, last)
  local noted = call('HGETALL', P .. 'past:' .. session)
  for i = 1, #noted, 2 do
    local entry, of = string.match(noted[i], '^(%S+) (.*)$')
    if of == queue and not fw.isBefore(entry, first) and not fw.isBefore(last, entry) then
      local job = fw.jobOf(queue, entry, cjson.decode(noted[i + 1]))
      local letter, at, where = fw.placeOf(job.id)
      local known = letter and fw.jobAt(job.id, letter, at, where)
      if known then
        job.sealed, job.body = known.sealed, known.body
        entries[#entries + 1] = { entry, fw.fieldsOf(job) }
      else
        broken[#broken + 1] = job.id
      end
    end
  end
  table.sort(entries, function(one, other) return fw.isBefore(one[1], other[1]) end)
  return entries
end

-- The answer to a reserve once more. Its record is the time, and of each queue the first and the last entry.
function fw.lentBefore(session, record)
  local at, lines = string.match(record, '^(%d+)\n?(.*)$')
  local lent, broken = {}, {}
  for first, last, queue in string.gmatch(lines, '(%S+) (%S+) ([^\n]*)') do
    lent[#lent + 1] = { queue, fw.lentOf(session, queue, first, last, broken) }
  end
  return { at, broken, '', {}, unpack(lent) }
end
