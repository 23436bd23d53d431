-- Each job against what must know of it. ARGV: audit, cursor. What the lists hold is not looked at here.
--- include audit

local function repair(count)
  repaired = repaired + (count or 1)
end

local function checkEnded(row, id, text)
  local letter, at = string.match(text, '^(%a),(%d+)')
  if letter ~= 'D' then return repair(call('ZADD', failedKey(row, letter), 'NX', at, id)) end
  -- A list that was lost is made again from what it held before.
  local done = P .. 'done:' .. row.name
  if call('EXISTS', done) == 0 then note('done', row.name) end
  if tonumber(at) < startedAt and noted('done', row.name) and not noted('listed', id) then
    note('listed', id)
    call('RPUSH', done, id)
    repair()
  end
end

local function checkKey(row, id, head)
  local key, forMs = head.unique[1], head.unique[3]
  local untilMs = forMs > 0 and head.at + forMs or nil
  if untilMs and untilMs <= now then return end
  if not holderOf(row, key) then
    call('HSET', P .. 'uniq:' .. row.name, key, untilMs and string.format('%s\n%.0f', id, untilMs) or id)
    if untilMs then call('ZADD', P .. 'uwin:' .. row.name, untilMs, key) end
    repair()
  end
  if not has(row, 'u') then
    flag(row, 'u')
    repair()
  end
end

-- Whether a list holds the entry. Long ones are not searched here.
local searchedMost_ = 10000
local function standsIn(line, entry)
  return call('LLEN', line) <= searchedMost_ and call('LPOS', line, entry) and true or false
end

local function hasTurn(row, group)
  return call('ZSCORE', P .. 'ring:' .. row.name, group) or call('ZSCORE', P .. 'wait:' .. row.name, group)
    or call('SISMEMBER', P .. 'cap:' .. row.name, group) == 1
end

-- A job that is ready by all that is known stands where it is found, or will be looked for.
local function checkReady(row, id, head, text)
  local more = moreOf(text)
  local readyAt = more.ready > 0 and more.ready or head.due
  local due = P .. 'due:' .. row.name
  local char = charOf(head.priority, false)
  local member = dueMember(char, head.group, head.pos, entryOf(id, head.unique))
  if readyAt > now then
    waitUntil(row, readyAt, member)
    return repair()
  end
  -- One whose time has come, and that nobody has lined up yet.
  local delays = call('EXISTS', due) == 1
  if delays and call('ZSCORE', due, member) then return end
  char = charOf(head.priority, more.back)
  if readyAt > 0 and not delays and not standsIn(lineKey(row, char, head.group), entryOf(id, head.unique)) then suspect(row) end
  if not string.find(row.mask, char, 1, true) then
    uses(row, char)
    suspect(row)
    repair()
  end
  once('turn ' .. row.name .. '\1' .. head.group, function()
    if hasTurn(row, head.group) then return true end
    join(row, head.group)
    row.sooner = true
    repair()
    return true
  end)
end

local cursor = eachRecord(ARGV[2], function(ids, records)
  local ends, mores, places = fields(P .. 'ends', ids), fields(P .. 'more', ids), placesOf(ids, records)
  for i, id in ipairs(ids) do
    checked = checked + 1
    local head = headOf(records[i])
    local row, place = queueOf(head.queue), places[id][1]
    once('queue ' .. row.name, function()
      if call('SADD', P .. 'queues', row.name) == 0 then return true end
      row.changed = true
      repair()
      return true
    end)
    if journalLost and tonumber(head.pos) <= startedPos then call('ZADD', P .. 'old', head.pos, id) end
    if ends[i] then checkEnded(row, id, ends[i])
    else
      if head.unique then checkKey(row, id, head) end
      if place == 'ready' then checkReady(row, id, head, mores[i]) end
      if place == 'running' and head.unique then repair(call('HSETNX', P .. 'urun', id, 1)) end
    end
  end
end)
return report(cursor)
