-- The next jobs in the order in which one reserve would take them, limits aside. ARGV: queue, how many. Answers looks.
--- include look
--- include take

local row, limit = fw.queueOf(ARGV[1]), tonumber(ARGV[2])
fw.promote(row, 1000)

-- Groups beyond those that can have a turn: some may hold nothing but ghosts.
local spare = 100
local waiting, ghostsLeft = {}, {}
local ghosts = call('EXISTS', P .. 'ghost:' .. row.name) == 1 and P .. 'ghost:' .. row.name or nil

function fw.wait(group, at)
  local settings = fw.settingsFor(row, group)
  waiting[#waiting + 1] = { group = group, at = at, weight = settings and settings.weight or 1, char = 1, offset = 0, ids = {}, next = 1 }
end

function fw.isGhost(char, group, id)
  local field = ghosts and fw.ghostField(char, group, id)
  if not field then return false end
  local left = ghostsLeft[field] or tonumber(call('HGET', ghosts, field) or 0)
  ghostsLeft[field] = fw.max(0, left - 1)
  return left > 0
end

-- The next job of the group's lines, or nothing.
function fw.nextOf(turn)
  while turn.next > #turn.ids do
    local char = string.sub(row.mask, turn.char, turn.char)
    if char == '' then return nil end
    local entries = call('LRANGE', fw.lineKey(row, char, turn.group), turn.offset, turn.offset + 49)
    turn.ids, turn.next, turn.offset = {}, 1, turn.offset + 50
    for _, entry in ipairs(entries) do
      local id = string.byte(entry) == 2 and string.sub(entry, 2) or entry
      if not fw.isGhost(char, turn.group, id) then turn.ids[#turn.ids + 1] = id end
    end
    if #entries < 50 then turn.char, turn.offset = turn.char + 1, 0 end
  end
  turn.next = turn.next + 1
  return turn.ids[turn.next - 1]
end

local ringed = call('ZRANGE', P .. 'ring:' .. row.name, 0, limit + spare, 'WITHSCORES')
for i = 1, #ringed, 2 do fw.wait(ringed[i], tonumber(ringed[i + 1])) end
for _, group in ipairs(call('ZRANGE', P .. 'wait:' .. row.name, 0, limit + spare)) do fw.wait(group, row.vt) end
for _, group in ipairs(call('SRANDMEMBER', P .. 'cap:' .. row.name, limit + spare)) do fw.wait(group, row.vt) end

-- The rounds of `turns` (lib/take.lua), with nothing taken.
local left, most, ids = limit, fw.turnMost(limit), {}
while left > 0 and #waiting > 0 do
  table.sort(waiting, function(a, b)
    if a.at == b.at then return a.group < b.group end
    return a.at < b.at
  end)
  local alone, again, still = #waiting == 1, math.huge, {}
  local round = fw.min(99, math.ceil(left / most)) + 1
  for i, turn in ipairs(waiting) do
    local empty = false
    if i <= round and left > 0 and turn.at <= again then
      local share, got = alone and left or fw.max(1, math.floor(most * turn.weight)), 0
      while got < fw.min(left, share) do
        local id = fw.nextOf(turn)
        if not id then
          empty = true
          break
        end
        got = got + 1
        ids[#ids + 1] = id
      end
      left = left - got
      turn.at = turn.at + got / turn.weight
      if not empty then again = fw.min(again, turn.at) end
    else
      again = -1
    end
    if not empty then still[#still + 1] = turn end
  end
  waiting = still
end

fw.writeRows()
local there, records = fw.known(ids)
local places = {}
for _, id in ipairs(there) do places[id] = { 'ready', 0, 0 } end
return fw.looksOf(there, records, places)
