-- Take jobs from one queue: groups in fair turns by virtual time, priorities inside a group.
--- include line
--- include limits

-- Groups that one call looks at: most of them may have to be parked.
local visitsMax = 2000

-- Most jobs a group gives in one turn: one by one for small batches, a few for big ones, so that turns cost less.
function fw.turnMost(room)
  return fw.max(1, fw.min(8, math.floor(room / 16)))
end

-- Passes over ghosts, and tells the jobs with unique keys apart.
function fw.sift(row, char, group, entries, taken)
  local got = 0
  for _, entry in ipairs(entries) do
    local id = entry
    if string.byte(entry) == 2 then id = string.sub(entry, 2) end
    local field = row.ghosts and fw.ghostField(char, group, id)
    local ghost = field and call('HGET', row.ghosts, field)
    if ghost then
      if tonumber(ghost) > 1 then call('HINCRBY', row.ghosts, field, -1) else call('HDEL', row.ghosts, field) end
    else
      got = got + 1
      taken.ids[#taken.ids + 1] = id
      if id ~= entry then taken.unique[#taken.unique + 1] = id end
    end
  end
  return got
end

-- The first of a group's lists that hold something, at most `most`. Also tells whether the group is empty now.
function fw.popFrom(row, group, most, taken)
  local got, sifts = 0, row.ghosts or fw.has(row, 'u')
  for char in string.gmatch(row.mask, '.') do
    local key = fw.lineKey(row, char, group)
    while got < most do
      local asked = most - got
      local entries = call('LPOP', key, asked)
      if not entries then break end
      if sifts then
        got = got + fw.sift(row, char, group, entries, taken)
      elseif #taken.ids == 0 then
        taken.ids, got = entries, #entries
      else
        local ids, before = taken.ids, #taken.ids
        for i = 1, #entries do ids[before + i] = entries[i] end
        got = got + #entries
      end
      if #entries < asked then break end
    end
    if got == most then return got, false end
  end
  return got, true
end

-- How many jobs the limits let the queue give now; with none, when time alone may change that.
function fw.roomOf(row)
  if row.paused then return 0, nil end
  if row.frozen > now then return 0, row.frozen end
  local settings = row.lim.q
  if not settings then return math.huge end
  local room = math.huge
  if settings.concurrencyMax then room = fw.max(0, settings.concurrencyMax - row.running) end
  if not fw.spends(settings) then return room end
  local tokens, untilMs = fw.tokensOf(settings, fw.stateOf(row.tb))
  if tokens < 1 then return 0, untilMs end
  return fw.min(room, tokens)
end

function fw.park(row, group, untilMs)
  call('ZREM', P .. 'ring:' .. row.name, group)
  call('ZADD', P .. 'wait:' .. row.name, untilMs, group)
end

-- How many jobs the limits let the group at the head give now; with 0 it is parked.
function fw.allowanceOf(row, group)
  local settings, state = nil, nil
  if not fw.has(row, 'p') then return math.huge end
  local frozen = fw.has(row, 'f') and call('ZSCORE', P .. 'frozen:' .. row.name, group)
  if frozen and tonumber(frozen) > now then
    fw.park(row, group, frozen)
    return 0
  end
  settings = fw.settingsFor(row, group)
  if not settings then return math.huge end
  local room = math.huge
  if settings.concurrencyMax then
    room = settings.concurrencyMax - tonumber(call('HGET', P .. 'run:' .. row.name, group) or 0)
    if room <= 0 then
      call('ZREM', P .. 'ring:' .. row.name, group)
      call('SADD', P .. 'cap:' .. row.name, group)
      return 0
    end
  end
  if fw.spends(settings) then
    state = fw.stateOf(call('HGET', P .. 'tb:' .. row.name, group))
    local tokens, untilMs = fw.tokensOf(settings, state)
    if tokens < 1 then
      fw.park(row, group, untilMs)
      return 0
    end
    room = fw.min(room, tokens)
  end
  return room, settings, state
end

-- What the turns of a round change, written together: a group that goes on, and one whose line is empty now. Who empties his
-- line and comes again soon has not forgotten what he had.
function fw.writeTurns(row, round)
  local ringKey = P .. 'ring:' .. row.name
  if #round.on > 0 then fw.all('ZADD', ringKey, round.on) end
  if #round.out > 0 then
    fw.all('ZREM', ringKey, round.out)
    fw.all('ZADD', P .. 'rest:' .. row.name, round.rest)
  end
end

-- After `count` jobs of the group were taken its next turn is that much later. A group that has the turns to itself needs none,
-- and without limits keeps its place when its line is empty: who comes now is only behind its last job.
function fw.turnTaken(row, round, group, at, count, empty, alone, settings, state)
  local step = 1 / ((settings and settings.weight) or 1)
  local after = at + (alone and 1 or count) * step
  if empty and not (alone and not fw.has(row, 'p')) then
    round.out[#round.out + 1] = group
    round.rest[#round.rest + 1] = after
    round.rest[#round.rest + 1] = group
  elseif not alone then
    round.on[#round.on + 1] = after
    round.on[#round.on + 1] = group
    round.again = fw.min(round.again, after)
  end
  if state then
    fw.spend(settings, state, count)
    call('HSET', P .. 'tb:' .. row.name, group, fw.stateText(state))
  end
  if fw.has(row, 'c') then call('HINCRBY', P .. 'run:' .. row.name, group, count) end
end

-- Groups whose moment has come take turns again.
function fw.unparkDue(row)
  for _, group in ipairs(call('ZRANGEBYSCORE', P .. 'wait:' .. row.name, '-inf', now, 'LIMIT', 0, 1000)) do
    fw.unpark(row, group)
  end
end

-- Turns, until `room` is filled or nobody has a turn. Those who stand first are looked up together; whoever would have
-- another turn before the next of them ends the round.
function fw.turns(row, room, taken)
  local ringKey = P .. 'ring:' .. row.name
  local left, most, visits = room, fw.turnMost(room), 0
  local ended = false
  while left > 0 and visits < visitsMax and not ended do
    local first = call('ZRANGE', ringKey, 0, fw.min(99, math.ceil(left / most)), 'WITHSCORES')
    if #first == 0 then break end
    if visits == 0 then row.ghosts = call('EXISTS', P .. 'ghost:' .. row.name) == 1 and P .. 'ghost:' .. row.name or nil end
    local alone, round = #first == 2, { on = {}, out = {}, rest = {}, again = math.huge }
    visits = visits + #first / 2
    for i = 1, #first, 2 do
      local group, at = first[i], tonumber(first[i + 1])
      if left <= 0 or at > round.again then break end
      local allowance, settings, state = fw.allowanceOf(row, group)
      if allowance > 0 then
        local share = alone and left or fw.max(1, math.floor(most * ((settings and settings.weight) or 1)))
        local got, empty = fw.popFrom(row, group, fw.min(left, fw.min(allowance, share)), taken)
        if got > 0 then
          row.vt = fw.max(row.vt, at)
          taken.turns[#taken.turns + 1] = { group, got }
        end
        fw.turnTaken(row, round, group, at, got, empty, alone, settings, state)
        left = left - got
        ended = alone and empty
      end
    end
    fw.writeTurns(row, round)
  end
  return room - left, visits >= visitsMax
end

-- At most `most` jobs of the queue. Answers when time alone may give it a job, if it gave none for want of time.
function fw.take(name, most, taken)
  local row = fw.queueOf(name)
  local dueAt, vt = fw.promote(row, 1000), row.vt
  if fw.has(row, 'p') then fw.unparkDue(row) end
  local room, untilMs = fw.roomOf(row)
  room = fw.min(most, room)
  if room > 0 then
    local got, cut = fw.turns(row, room, taken)
    if cut then untilMs = now end
    if got > 0 then
      if row.vt > vt then call('ZREMRANGEBYSCORE', P .. 'rest:' .. name, '-inf', row.vt) end
      row.ready, row.running, row.changed = row.ready - got, row.running + got, true
      local settings = row.lim.q
      if fw.spends(settings) then
        local state = fw.stateOf(row.tb)
        fw.spend(settings, state, got)
        row.tb = fw.stateText(state)
      end
      if row.ready > 0 then row.stirred = true end
      return row
    end
  end
  if row.paused then return row end
  if untilMs then return row, untilMs end
  untilMs = dueAt
  local parked = fw.has(row, 'p') and call('ZRANGE', P .. 'wait:' .. name, 0, 0, 'WITHSCORES')[2]
  if parked then untilMs = fw.min(untilMs or math.huge, tonumber(parked)) end
  return row, untilMs
end
