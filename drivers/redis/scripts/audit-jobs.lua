-- Each job against what must know of it. ARGV: audit, cursor. What the lists hold is not looked at here.
--- include audit

function fw.repair(count)
  repaired = repaired + (count or 1)
end

function fw.checkEnded(row, id, text)
  local letter, at = string.match(text, '^(%a),(%d+)')
  if letter ~= 'D' then return fw.repair(call('ZADD', fw.failedKey(row, letter), 'NX', at, id)) end
  -- A list that was lost is made again from what it held before.
  local done = P .. 'done:' .. row.name
  if call('EXISTS', done) == 0 then fw.note('done', row.name) end
  if tonumber(at) < auditedAt and fw.noted('done', row.name) and not fw.noted('listed', id) then
    fw.note('listed', id)
    call('RPUSH', done, id)
    fw.repair()
  end
end

function fw.checkKey(row, id, head)
  local key, forMs = head.unique[1], head.unique[3]
  local untilMs = forMs > 0 and head.at + forMs or nil
  if untilMs and untilMs <= now then return end
  if not fw.holderOf(row, key) then
    call('HSET', P .. 'uniq:' .. row.name, key, untilMs and string.format('%s\n%.0f', id, untilMs) or id)
    if untilMs then call('ZADD', P .. 'uwin:' .. row.name, untilMs, key) end
    fw.repair()
  end
  if not fw.has(row, 'u') then
    fw.flag(row, 'u')
    fw.repair()
  end
end

-- Whether a list holds the entry. Long ones are not searched here.
local searchedMost_ = 10000
function fw.standsIn(line, entry)
  return call('LLEN', line) <= searchedMost_ and call('LPOS', line, entry) and true or false
end

function fw.hasTurn(row, group)
  return call('ZSCORE', P .. 'ring:' .. row.name, group) or call('ZSCORE', P .. 'wait:' .. row.name, group)
    or call('SISMEMBER', P .. 'cap:' .. row.name, group) == 1
end

-- A job that is ready by all that is known stands where it is found, or will be looked for.
function fw.checkReady(row, id, head, text)
  local more = fw.moreOf(text)
  local readyAt = more.ready > 0 and more.ready or head.due
  local due = P .. 'due:' .. row.name
  local char = fw.charOf(head.priority, false)
  local member = fw.dueMember(char, head.group, head.pos, fw.entryOf(id, head.unique))
  if readyAt > now then
    fw.waitUntil(row, readyAt, member)
    return fw.repair()
  end
  -- One whose time has come, and that nobody has lined up yet.
  local delays = call('EXISTS', due) == 1
  if delays and call('ZSCORE', due, member) then return end
  char = fw.charOf(head.priority, more.back)
  if readyAt > 0 and not delays and not fw.standsIn(fw.lineKey(row, char, head.group), fw.entryOf(id, head.unique)) then fw.suspect(row) end
  if not string.find(row.mask, char, 1, true) then
    fw.uses(row, char)
    fw.suspect(row)
    fw.repair()
  end
  fw.once('turn ' .. row.name .. '\1' .. head.group, function()
    if fw.hasTurn(row, head.group) then return true end
    fw.join(row, head.group)
    row.sooner = true
    fw.repair()
    return true
  end)
end

local cursor = fw.eachRecord(ARGV[2], function(ids, records)
  local ends, mores, places = fw.fields(P .. 'ends', ids), fw.fields(P .. 'more', ids), fw.placesOf(ids, records)
  for i, id in ipairs(ids) do
    checked = checked + 1
    local head = fw.headOf(records[i])
    local row, place = fw.queueOf(head.queue), places[id][1]
    fw.once('queue ' .. row.name, function()
      if call('SADD', P .. 'queues', row.name) == 0 then return true end
      row.changed = true
      fw.repair()
      return true
    end)
    if journalLost and tonumber(head.pos) <= auditedPos then call('ZADD', P .. 'old', head.pos, id) end
    if ends[i] then fw.checkEnded(row, id, ends[i])
    else
      if head.unique then fw.checkKey(row, id, head) end
      if place == 'ready' then fw.checkReady(row, id, head, mores[i]) end
      if place == 'running' and head.unique then fw.repair(call('HSETNX', P .. 'urun', id, 1)) end
    end
  end
end)
return fw.report(cursor)
