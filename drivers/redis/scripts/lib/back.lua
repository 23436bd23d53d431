-- Jobs that come back from their loan and wait again.
--- include loans
--- include ended
--- include unique

-- To the end of its line: of those that came back, or of those never taken, or until it is due. One that somebody wants
-- cancelled is cancelled instead. `job` has id, priority, group, unique (the key).
function fw.comeBack(row, job, more, dueAt, returned_)
  if call('HDEL', P .. 'cancelling', job.id) == 1 then
    fw.keepFailed(row, job.id, 'C', 'cancelled while it ran', more)
    if job.unique then fw.letGo(row, job.unique, job.id) end
    return
  end
  local later = dueAt and dueAt > now
  more.ready = later and dueAt or now
  more.back = returned_ and not dueAt or false
  call('HSET', P .. 'more', job.id, fw.moreText(more))
  local entry = fw.entryOf(job.id, job.unique)
  if later then fw.waitUntil(row, dueAt, fw.dueMember(fw.charOf(job.priority, false), job.group, job.pos, entry))
  else fw.lineUp(row, fw.charOf(job.priority, more.back), job.group, { entry }) end
end

-- Take back what is left of a loan, at most `most` jobs, attempt given back. `skips(place)` leaves some; `crashed(place)`
-- tells for which a crash is counted. Answers how many.
function fw.takeBack(number, most, skips, crashed)
  local loan = fw.loanAt(number)
  if not loan then return 0 end
  local queue, startedAt, ids = fw.detailsOf(number)
  local row, places, wanted, groups = fw.queueOf(queue), {}, {}, {}
  for place = 0, #ids - 1 do
    if #places >= most then break end
    if string.byte(loan.bits, place + 1) == 49 and not (skips and skips(place)) then
      places[#places + 1] = place
      wanted[#wanted + 1] = ids[place + 1]
    end
  end
  local records, mores = fw.fields(P .. 'jobs', wanted), fw.fields(P .. 'more', wanted)
  if over and #places == #ids then call('HSET', held, 'm' .. number, cjson.encode(mores)) end
  for i, place in ipairs(places) do
    fw.clear(loan, place, 1)
    local id, record = wanted[i], records[i]
    local head = record and fw.headOf(record) or { pos = '0', priority = 5, group = '-' }
    local unique = head.unique and head.unique[1] or nil
    local more = fw.moreOf(mores[i])
    if crashed and crashed(number, place) then
      more.crashes = more.crashes + 1
      if record then fw.noteLost(id, more.attempts + 1) end
    end
    more.started = startedAt
    if unique then call('HDEL', P .. 'urun', id) end
    groups[head.group] = (groups[head.group] or 0) + 1
    fw.comeBack(row, { id = id, priority = head.priority, group = head.group, unique = unique, pos = head.pos }, more, nil, true)
  end
  if #places > 0 then fw.leaveRunning(row, groups, #places) end
  return #places
end

-- The numbers of a session's loans, oldest first.
function fw.loanNumbers()
  local numbers = {}
  for _, field in ipairs(call('HKEYS', held)) do
    if string.byte(field) == 98 then numbers[#numbers + 1] = tonumber(string.sub(field, 2)) end
  end
  table.sort(numbers)
  return numbers
end
