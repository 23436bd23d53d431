-- Ready jobs stand in lists, two a priority and group: those that came back (letters) before those never taken (digits).
--- include queue
--- include record

local order = 'j9i8h7g6f5e4d3c2b1a0'

function fw.charOf(priority, returned)
  if returned then return string.char(97 + priority) end
  return tostring(priority)
end

function fw.lineKey(row, char, group)
  return P .. 'r' .. char .. ':' .. row.name .. '\1' .. group
end

-- Which lists the queue has ever used, in the order in which they are taken from.
function fw.uses(row, char)
  if string.find(row.mask, char, 1, true) then return end
  local mask = ''
  for c in string.gmatch(order, '.') do
    if c == char or string.find(row.mask, c, 1, true) then mask = mask .. c end
  end
  row.mask = mask
  row.changed = true
end

-- After a job of the group became ready: it takes turns, unless it is parked. Who comes anew begins where the turns are.
function fw.join(row, group)
  local turns = P .. 'ring:' .. row.name
  if fw.has(row, 'p') then
    if call('ZSCORE', P .. 'wait:' .. row.name, group) then return end
    if call('SISMEMBER', P .. 'cap:' .. row.name, group) == 1 then return end
  end
  if call('ZADD', turns, 'NX', row.vt, group) == 0 then return end
  local owed = tonumber(call('ZSCORE', P .. 'rest:' .. row.name, group) or 0)
  if owed == 0 then return end
  call('ZREM', P .. 'rest:' .. row.name, group)
  if owed > row.vt then call('ZADD', turns, owed, group) end
end

-- Whatever held the group may be over: it asks again when its turn comes. Empty groups leave when their turn finds nothing.
function fw.unpark(row, group)
  local parked = call('ZREM', P .. 'wait:' .. row.name, group) + call('SREM', P .. 'cap:' .. row.name, group)
  if parked > 0 then
    fw.join(row, group)
    row.stirred = true
  end
end

-- The same for many groups.
function fw.joinAll(row, groups)
  if #groups < 3 or fw.has(row, 'p') then
    for _, group in ipairs(groups) do fw.join(row, group) end
    return
  end
  local rest = P .. 'rest:' .. row.name
  local owed = call('EXISTS', rest) == 1 and call('ZMSCORE', rest, unpack(groups)) or {}
  local turns, back, start = {}, {}, string.format('%.17g', row.vt)
  for i, group in ipairs(groups) do
    if owed[i] then back[#back + 1] = group end
    turns[2 * i - 1] = owed[i] and tonumber(owed[i]) > row.vt and owed[i] or start
    turns[2 * i] = group
  end
  call('ZADD', P .. 'ring:' .. row.name, 'NX', unpack(turns))
  fw.all('ZREM', rest, back)
end

-- To the end of their line; the group has still to join its turns.
function fw.push(row, char, group, entries)
  fw.uses(row, char)
  fw.all('RPUSH', fw.lineKey(row, char, group), entries)
  row.ready = row.ready + #entries
  row.changed = true
  row.stirred = true
end

function fw.lineUp(row, char, group, entries)
  fw.push(row, char, group, entries)
  fw.join(row, group)
end

function fw.dueMember(char, group, pos, entry)
  return char .. '\2' .. group .. '\2' .. string.format('%015d', pos) .. '\2' .. entry
end

-- To where its due time says.
function fw.waitUntil(row, dueAt, member)
  local due = P .. 'due:' .. row.name
  call('ZADD', due, dueAt, member)
  row.changed = true
  -- Whoever waits must not wake later than this.
  if call('ZRANGE', due, 0, 0)[1] == member then row.sooner = true end
end

-- Delayed jobs whose time has come are ready. Answers when the next one is due, if there is one.
function fw.promote(row, most)
  local due = P .. 'due:' .. row.name
  local nextAt = tonumber(call('ZRANGE', due, 0, 0, 'WITHSCORES')[2])
  if not nextAt or nextAt > now then return nextAt end
  local members = call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, most)
  call('ZREMRANGEBYRANK', due, 0, #members - 1)
  local lines, seen = {}, {}
  for _, member in ipairs(members) do
    local char, group, entry = string.match(member, '^(.)\2(.-)\2%d+\2(.*)$')
    local line = seen[char .. group]
    if not line then
      line = { char = char, group = group, entries = {} }
      seen[char .. group] = line
      lines[#lines + 1] = line
    end
    line.entries[#line.entries + 1] = entry
  end
  for _, line in ipairs(lines) do fw.lineUp(row, line.char, line.group, line.entries) end
  return tonumber(call('ZRANGE', due, 0, 0, 'WITHSCORES')[2])
end

-- A job that left its list before it was taken leaves a ghost there, which whoever pops it passes over.
function fw.ghostField(char, group, id)
  return char .. '\1' .. group .. '\1' .. id
end
