-- Take jobs from one queue: groups in fair turns by virtual time, priorities inside a group.
--- include line
--- include limits

-- Groups that one call looks at: most of them may have to be parked.
local visitsMax = 2000

-- Most jobs a group gives in one turn: one by one for small batches, a few for big ones, so that turns cost less.
local function turnMost(room)
  return max(1, min(8, math.floor(room / 16)))
end

-- Passes over ghosts, and tells the jobs with unique keys apart.
local function sift(row, char, group, entries, taken)
  local got = 0
  for _, entry in ipairs(entries) do
    local id = entry
    if string.byte(entry) == 2 then id = string.sub(entry, 2) end
    local field = row.ghosts and ghostField(char, group, id)
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
local function popFrom(row, group, most, taken)
  local got, sifts = 0, row.ghosts or has(row, 'u')
  for char in string.gmatch(row.mask, '.') do
    local key = lineKey(row, char, group)
    while got < most do
      local asked = most - got
      local entries = call('LPOP', key, asked)
      if not entries then break end
      if sifts then
        got = got + sift(row, char, group, entries, taken)
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
local function roomOf(row)
  if row.paused then return 0, nil end
  if row.frozen > now then return 0, row.frozen end
  local settings = row.lim.q
  if not settings then return math.huge end
  local room = math.huge
  if settings.concurrencyMax then room = max(0, settings.concurrencyMax - row.running) end
  if not spends(settings) then return room end
  local tokens, untilMs = tokensOf(settings, stateOf(row.tb))
  if tokens < 1 then return 0, untilMs end
  return min(room, tokens)
end

local function park(row, group, untilMs)
  call('ZREM', P .. 'ring:' .. row.name, group)
  call('ZADD', P .. 'wait:' .. row.name, untilMs, group)
end

-- How many jobs the limits let the group at the head give now; with 0 it is parked.
local function allowanceOf(row, group)
  local settings, state = nil, nil
  if not has(row, 'p') then return math.huge end
  local frozen = has(row, 'f') and call('ZSCORE', P .. 'frozen:' .. row.name, group)
  if frozen and tonumber(frozen) > now then
    park(row, group, frozen)
    return 0
  end
  settings = settingsFor(row, group)
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
  if spends(settings) then
    state = stateOf(call('HGET', P .. 'tb:' .. row.name, group))
    local tokens, untilMs = tokensOf(settings, state)
    if tokens < 1 then
      park(row, group, untilMs)
      return 0
    end
    room = min(room, tokens)
  end
  return room, settings, state
end

-- After `count` jobs of the group were taken: its next turn is that much later.
local function turnTaken(row, group, at, count, empty, settings, state)
  local step = 1 / ((settings and settings.weight) or 1)
  local after = at + count * step
  if empty then
    call('ZREM', P .. 'ring:' .. row.name, group)
    -- Who empties his line and comes again soon has not forgotten what he had.
    call('ZADD', P .. 'rest:' .. row.name, after, group)
  else
    call('ZADD', P .. 'ring:' .. row.name, after, group)
  end
  if state then
    spend(settings, state, count)
    call('HSET', P .. 'tb:' .. row.name, group, stateText(state))
  end
  if has(row, 'c') then call('HINCRBY', P .. 'run:' .. row.name, group, count) end
  return after
end

-- Groups whose moment has come take turns again.
local function unparkDue(row)
  for _, group in ipairs(call('ZRANGEBYSCORE', P .. 'wait:' .. row.name, '-inf', now, 'LIMIT', 0, 1000)) do
    unpark(row, group)
  end
end

-- Turns, until `room` is filled or nobody has a turn. Those who stand first are looked up together; whoever would have
-- another turn before the next of them ends the round.
local function turns(row, room, taken)
  local ringKey = P .. 'ring:' .. row.name
  local left, most, visits = room, turnMost(room), 0
  while left > 0 and visits < visitsMax do
    local first = call('ZRANGE', ringKey, 0, min(99, math.ceil(left / most)), 'WITHSCORES')
    if #first == 0 then break end
    if visits == 0 then row.ghosts = call('EXISTS', P .. 'ghost:' .. row.name) == 1 and P .. 'ghost:' .. row.name or nil end
    local alone, again = #first == 2, math.huge
    visits = visits + #first / 2
    for i = 1, #first, 2 do
      local group, at = first[i], tonumber(first[i + 1])
      if left <= 0 or at > again then break end
      local allowance, settings, state = allowanceOf(row, group)
      if allowance > 0 then
        local share = alone and left or max(1, math.floor(most * ((settings and settings.weight) or 1)))
        local got, empty = popFrom(row, group, min(left, min(allowance, share)), taken)
        -- A group that had the turns to itself took many at once: who comes now is only behind the last of them.
        local step = 1 / ((settings and settings.weight) or 1)
        local startedAt = (alone and got > 0) and at + (got - 1) * step or at
        if got > 0 then
          row.vt = max(row.vt, startedAt)
          taken.turns[#taken.turns + 1] = { group, got }
        end
        local after = turnTaken(row, group, at, got, empty, settings, state)
        if not empty then again = min(again, after) end
        left = left - got
      end
    end
  end
  return room - left, visits >= visitsMax
end

-- At most `most` jobs of the queue. Answers when time alone may give it a job, if it gave none for want of time.
local function take(name, most, taken)
  local row = queueOf(name)
  local dueAt = promote(row, 1000)
  if has(row, 'p') then unparkDue(row) end
  local room, untilMs = roomOf(row)
  room = min(most, room)
  if room > 0 then
    local got, cut = turns(row, room, taken)
    if cut then untilMs = now end
    if got > 0 then
      call('ZREMRANGEBYSCORE', P .. 'rest:' .. name, '-inf', row.vt)
      row.ready, row.running, row.changed = row.ready - got, row.running + got, true
      local settings = row.lim.q
      if spends(settings) then
        local state = stateOf(row.tb)
        spend(settings, state, got)
        row.tb = stateText(state)
      end
      if row.ready > 0 then row.stirred = true end
      return row
    end
  end
  if row.paused then return row end
  if untilMs then return row, untilMs end
  untilMs = dueAt
  local parked = has(row, 'p') and call('ZRANGE', P .. 'wait:' .. name, 0, 0, 'WITHSCORES')[2]
  if parked then untilMs = min(untilMs or math.huge, tonumber(parked)) end
  return row, untilMs
end
