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
  return 'r', holder
end

function fw.dueOf(due)
  if due < 0 then return now - due - 1 end
  return due
end

-- The records of these sections are written together, and the groups of a queue join their turns together.
local records, groupsOf

function fw.writeRecords()
  fw.all('HSET', P .. 'jobs', records)
  records = {}
end

function fw.takeTurns()
  for row, groups in pairs(groupsOf) do fw.joinAll(row, groups) end
  groupsOf = {}
end

-- One section whose ids and records begin at `at`, and what is known of these ids; letters and holders are appended.
function fw.addSection(section, at, known, letters, holders)
  local row = fw.queueOf(section.q)
  if not row.promoted then fw.promote(row, 250) end
  row.promoted = true
  local most = row.lim.q and row.lim.q.depthMax
  local waiting = most and row.ready + call('ZCARD', P .. 'due:' .. row.name)
  -- Who holds a key, only records tell.
  if section.u then fw.writeRecords() end
  local ready = {}
  local times = ',' .. now .. ','
  for i = 1, section.n do
    local id = args[at + 2 * i - 2]
    local unique, letter, holder = section.u and section.u[i] ~= 0 and section.u[i] or nil, 'a', nil
    if known[id] then letter = 'd'
    elseif unique then
      letter, holder = fw.keyOf(row, unique, id)
      letter = letter or 'a'
      -- It is gone, and may come anew behind the one that replaced it.
      if letter == 'r' then known[holder] = nil end
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
      journal[place], known[id] = id, true
      fw.isThere(id)
      records[#records + 1] = id
      records[#records + 1] = string.format('%d', pos) .. times .. (due > now and due or '0') .. '|' .. args[at + 2 * i - 1]
      row.changed = true
      local entry = fw.entryOf(id, unique)
      if due > now then fw.waitUntil(row, due, fw.dueMember(section.c, section.g, pos, entry))
      else ready[#ready + 1] = entry end
    elseif letter == 'D' then
      holders[#holders + 1] = holder
    end
    letters[#letters + 1] = letter
  end
  if #ready == 0 then return end
  if section.n == 1 and fw.handOver(row, args[at], records[#records], section.u and section.u[1] ~= 0) then return end
  fw.push(row, section.c, section.g, ready)
  groupsOf[row] = groupsOf[row] or {}
  groupsOf[row][#groupsOf[row] + 1] = section.g
end

-- What is known of the ids of these sections.
function fw.knownOf(sections, from, to, at)
  local known, ids = {}, {}
  for s = from, to do
    for i = 1, sections[s].n do ids[#ids + 1] = args[at + 2 * i - 2] end
    at = at + 2 * sections[s].n
  end
  for i, record in ipairs(fw.fields(P .. 'jobs', ids)) do known[ids[i]] = record and true or nil end
  return known
end

-- All sections, their ids and records beginning at `at`. In turn, where one may make room for another; else together, because
-- one by one each would cost half a dozen calls.
function fw.addSections(sections, at, letters, holders)
  local inTurn = sections[1].t
  local known = not inTurn and fw.knownOf(sections, 1, #sections, at)
  records, groupsOf = {}, {}
  for s, section in ipairs(sections) do
    fw.addSection(section, at, known or fw.knownOf(sections, s, s, at), letters, holders)
    at = at + 2 * section.n
    if inTurn then
      fw.writeRecords()
      fw.takeTurns()
    end
  end
  fw.writeRecords()
  fw.takeTurns()
end
