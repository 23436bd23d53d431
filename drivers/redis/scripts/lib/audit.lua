-- What an audit notes while it goes on, call after call, under a name of its own. ARGV[1]: the name.
--- include line
--- include flags
--- include look
--- include unique
--- include ended

local notes, auditedAt, auditedPos, journalLost, checked, repaired

function begin.audit()
  notes, checked, repaired = P .. 'audit:' .. (args[1] or ''), 0, 0
  local begun = call('HMGET', notes, 'startedAt', 'pos', 'journal')
  auditedAt, auditedPos, journalLost = tonumber(begun[1] or 0), tonumber(begun[2] or 0), begun[3] ~= false
end

-- How long what is noted outlives the newest call.
local notedMs = 3600000

function fw.note(kind, member)
  call('SADD', notes .. ':' .. kind, member)
  call('PEXPIRE', notes .. ':' .. kind, notedMs)
end

function fw.noteAll(kind, members)
  fw.all('SADD', notes .. ':' .. kind, members)
  call('PEXPIRE', notes .. ':' .. kind, notedMs)
end

function fw.noted(kind, member)
  return call('SISMEMBER', notes .. ':' .. kind, member) == 1
end

-- The lists of this queue do not hold what they should: each job is looked for.
function fw.suspect(row)
  fw.note('suspects', row.name)
end

-- Where the audit goes on, '' when this part of it is over; and the counts.
function fw.report(cursor)
  call('PEXPIRE', notes, notedMs)
  fw.writeRows()
  return { cursor, checked, repaired }
end

-- All records, some a call: `visit(ids, records)`. Answers the next cursor.
function fw.eachRecord(cursor, visit)
  local looked, bytes = 0, 0
  repeat
    local scan = call('HSCAN', P .. 'jobs', cursor, 'COUNT', 50)
    local ids, records = {}, {}
    for i = 1, #scan[2], 2 do
      ids[#ids + 1], records[#records + 1] = scan[2][i], scan[2][i + 1]
      bytes = bytes + #scan[2][i + 1]
    end
    cursor, looked = scan[1], looked + #ids
    visit(ids, records)
  until cursor == '0' or looked >= 250 or bytes > 4 * 1024 * 1024
  return cursor == '0' and '' or cursor
end

-- All queues, some a call: `visit(name)` answers what it cost, or nothing to be asked again. A cursor is `scan,skipped`.
function fw.eachQueue(cursor, visit)
  local from, skipped = string.match(cursor, '^(%d+),(%d+)$')
  from, skipped = from or '0', tonumber(skipped or 0)
  local cost = 0
  while true do
    local scan = call('SSCAN', P .. 'queues', from, 'COUNT', 10)
    local names = scan[2]
    table.sort(names)
    for i = skipped + 1, #names do
      local spent = visit(names[i])
      if not spent then return from .. ',' .. (i - 1) end
      cost = cost + spent
      if cost > 2000 then
        if i < #names then return from .. ',' .. i end
        break
      end
    end
    if scan[1] == '0' then return '' end
    from, skipped = scan[1], 0
    if cost > 2000 then return from .. ',0' end
  end
end

function fw.groupsOf(row)
  local groups, seen = {}, {}
  local function take(some)
    for _, group in ipairs(some) do
      if not seen[group] then
        seen[group] = true
        groups[#groups + 1] = group
      end
    end
  end
  take(call('ZRANGE', P .. 'ring:' .. row.name, 0, -1))
  take(call('ZRANGE', P .. 'wait:' .. row.name, 0, -1))
  take(call('SMEMBERS', P .. 'cap:' .. row.name))
  return groups
end
