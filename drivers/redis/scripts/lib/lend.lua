-- Jobs go on loan to a session.
--- include take
--- include book

local startedAt

function begin.lend()
  startedAt = tostring(now)
end

-- One loan as it is answered: number, queue, when it was taken, ids (a line each), records, and what has changed of each job.
function fw.loanOf(number, queue, at, ids, text, records, told)
  local more = told and cjson.decode(told) or call('EXISTS', P .. 'more') == 1 and fw.fields(P .. 'more', ids) or {}
  return { number, queue, at, text, records, more }
end

-- Marks of unique keys are looked for where jobs had some; a queue whose row was lost has forgotten that.
function fw.unmark(row, ids, records, taken)
  local found = 0
  for i, id in ipairs(ids) do
    if not records[i] and string.byte(id) == 2 then
      fw.flag(row, 'u')
      ids[i] = string.sub(id, 2)
      records[i] = call('HGET', P .. 'jobs', ids[i])
      taken.unique[#taken.unique + 1] = ids[i]
      if records[i] then found = found + 1 end
    end
  end
  return found
end

-- The ids whose record is there, and the records. What an eviction took is in no list any more, and on loan to nobody.
function fw.sound(row, taken, broken)
  local ids, records = taken.ids, fw.fields(P .. 'jobs', taken.ids)
  local gone = 0
  for i = 1, #ids do
    if not records[i] then gone = gone + 1 end
  end
  if gone > 0 then gone = gone - fw.unmark(row, ids, records, taken) end
  if gone == 0 then return ids, records end
  local kept, left, i = {}, {}, 0
  for _, turn in ipairs(taken.turns) do
    local group, lost = turn[1], 0
    for _ = 1, turn[2] do
      i = i + 1
      if records[i] then
        kept[#kept + 1] = ids[i]
        left[#left + 1] = records[i]
      else
        broken[#broken + 1] = ids[i]
        lost = lost + 1
      end
    end
    if lost > 0 and fw.has(row, 'c') then call('HINCRBY', P .. 'run:' .. row.name, group, -lost) end
  end
  row.running = row.running - gone
  return kept, left
end

-- At most `limit` jobs of these queues: `wanted` is a list of a queue and how many of it, one after the other. `wake` is when time
-- alone may bring something, where it brought nothing now.
function fw.lend(session, wanted, limit)
  local lent, book = { loans = {}, broken = {}, numbers = {}, wake = math.huge }, nil
  for i = 1, #wanted, 2 do
    local most = fw.min(tonumber(wanted[i + 1]), limit)
    if most > 0 then
      local taken = { ids = {}, unique = {}, turns = {} }
      local row, untilMs = fw.take(wanted[i], most, taken)
      if untilMs then lent.wake = fw.min(lent.wake, untilMs) end
      local ids, records = {}, {}
      if #taken.ids > 0 then ids, records = fw.sound(row, taken, lent.broken) end
      limit = limit - #ids
      if #ids > 0 then
        book = book or fw.openBook(session)
        local text = table.concat(ids, '\n')
        local number = fw.enter(book, row, startedAt, ids, text)
        lent.numbers[#lent.numbers + 1] = number
        lent.loans[#lent.loans + 1] = fw.loanOf(number, row.name, startedAt, ids, text, records)
      end
      local running = {}
      for _, id in ipairs(taken.unique) do
        running[#running + 1] = id
        running[#running + 1] = session
      end
      fw.all('HSET', P .. 'urun', running)
    end
  end
  for _, key in ipairs(#lent.broken > 0 and { 'more', 'progress', 'cancelling', 'urun' } or {}) do fw.all('HDEL', P .. key, lent.broken) end
  if book then fw.closeBook(book) end
  return lent
end
