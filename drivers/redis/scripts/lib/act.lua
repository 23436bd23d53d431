-- What somebody wants done with jobs, by id, one after the other.
--- include ended
--- include inflight

-- Entries of lists that one call searches: done jobs stand in one, and Redis passes over some 50 entries in a microsecond.
local searchMost = 500000

-- A job that has ended leaves its list. Answers how many entries that may have looked at.
function fw.leaveEnd(row, id, text)
  local letter = string.sub(text, 1, 1)
  row.changed = true
  if letter == 'D' then
    local done = P .. 'done:' .. row.name
    local length = call('LLEN', done)
    call('LREM', done, 1, id)
    return length
  end
  call('ZREM', fw.failedKey(row, letter), id)
  return 0
end

-- Runs `act.ended`, `act.running` or `act.waiting` for each id and gathers the letters that they answer, `u` for unknown ones.
-- Ids that are left because the others took long are answered by nothing: they are for another call.
function fw.actOnEach(ids, act)
  local running, letters, searched = fw.runningOf(ids), {}, 0
  for i, id in ipairs(ids) do
    if searched > searchMost then break end
    local record = call('HGET', P .. 'jobs', id)
    if not record then letters[i] = 'u'
    else
      local head, ended = fw.headOf(record), call('HGET', P .. 'ends', id)
      local row = fw.queueOf(head.queue)
      if ended then
        local letter, looked = act.ended(row, id, head, ended)
        letters[i], searched = letter, searched + (looked or 0)
      elseif running[id] then letters[i] = act.running(id, running[id])
      else letters[i] = act.waiting(row, id, head, record) end
    end
  end
  fw.writeRows()
  return table.concat(letters)
end
