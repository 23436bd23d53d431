-- Write jobs down, a section at a time: jobs of one queue, priority and group that stand next to each other in a batch.
-- A section is { q, c (list), g (group), n (jobs), o (where they stood in the batch; a number where they stood one after the
-- other), d (due: > 0 at, < 0 in -d - 1 ms, 0 now), u ([key, mode, forMs] or 0) };
-- t is 1 where the sections are in the order of the jobs; its ids and records follow in the arguments. Each job is answered by a letter: a(dded), d(uplicate id),
-- D(uplicate key; the holder's id is told apart), r(eplaced), f(ull).
--- include line
--- include unique
--- include leave
--- include hand-over

-- What a batch of jobs puts into the journal, in its own order; what is not added leaves a gap there.
local journal, journalAt

function fw.beginJournal(count)
  journal, journalAt = {}, tonumber(call('HGET', P .. 'n', 'pos') or 0)
  for i = 1, count do journal[i] = '' end
end

function fw.writeJournal()
  fw.all('RPUSH', P .. 'log', journal)
  call('HSET', P .. 'n', 'pos', journalAt + #journal)
end

-- Of a job with a unique key: it has not begun.
function fw.waits(id)
  if call('HEXISTS', P .. 'ends', id) == 1 then return false end
  return call('HEXISTS', P .. 'urun', id) == 0
end

-- Whether a job with this key may come: nil when it may, else its letter and the holder. Replaces a holder that waits.
function fw.keyOf(row, unique, id)
  local holder, untilMs = fw.holderOf(row, unique[1])
  if not holder then return nil end
  local record = call('HGET', P .. 'jobs', holder)
  -- A job that was lost holds nothing; one that has ended may hold its key for a while.
  if not record and not untilMs then return nil end
  if unique[2] == 'keep' or not record or not fw.waits(holder) then return 'D', holder end
  fw.takeOut(row, holder, record)
  fw.forget({ holder })
  return 'r'
end

function fw.dueOf(due)
  if due < 0 then return now - due - 1 end
  return due
end

-- One section whose ids and records begin at `at`; letters and holders are appended.
function fw.addSection(section, at, letters, holders)
  local row = fw.queueOf(section.q)
  fw.promote(row, 250)
  local most = row.lim.q and row.lim.q.depthMax
  local waiting = most and row.ready + call('ZCARD', P .. 'due:' .. row.name)
  local ids = {}
  for i = 1, section.n do ids[i] = args[at + 2 * i - 2] end
  local known = fw.fields(P .. 'jobs', ids)
  local writes, ready = {}, {}
  local times = ',' .. now .. ','
  for i, id in ipairs(ids) do
    local unique, letter, holder = section.u and section.u[i] ~= 0 and section.u[i] or nil, 'a', nil
    if known[i] then letter = 'd'
    elseif unique then
      letter, holder = fw.keyOf(row, unique, id)
      letter = letter or 'a'
    end
    if letter == 'a' and most and waiting >= most then letter = 'f' end
    if letter == 'a' or letter == 'r' then
      if letter == 'a' and most then waiting = waiting + 1 end
      if unique then
        fw.hold(row, unique[1], id, unique[3])
        fw.flag(row, 'u')
      end
      local due = section.d and fw.dueOf(section.d[i]) or 0
      local place = type(section.o) == 'number' and section.o + i or section.o[i] + 1
      local pos = journalAt + place
      journal[place] = id
      writes[#writes + 1] = id
      writes[#writes + 1] = string.format('%.0f', pos) .. times .. (due > now and due or '0') .. '|' .. args[at + 2 * i - 1]
      local entry = fw.entryOf(id, unique)
      if due > now then fw.waitUntil(row, due, fw.dueMember(section.c, section.g, pos, entry))
      else ready[#ready + 1] = entry end
    elseif letter == 'D' then
      holders[#holders + 1] = holder
    end
    letters[#letters + 1] = letter
  end
  if #writes == 0 then return end
  row.changed = true
  fw.all('HSET', P .. 'jobs', writes)
  if #ready == 0 then return end
  if section.n == 1 and fw.handOver(row, ids[1], writes[2], section.u and section.u[1] ~= 0) then return end
  fw.lineUp(row, section.c, section.g, ready)
end
