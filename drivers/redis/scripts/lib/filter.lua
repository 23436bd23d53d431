-- Which jobs somebody wants to see, and where to look for them: { queue, states (a set), name, group, tag, idPrefix, errorText,
-- ageMsMin, needles (what the line about a job must contain) }, each as it stands in records. What is written as JSON behind a mark passes: whoever asked looks at it again.
--- include look

-- A few of one state among many others are looked for in the state's own structures.
local fewMost, fewQueuesMost = 2000, 500
-- Records read in one piece; their bodies count.
local pieceMost, bytesMost = 50, 8 * 1024 * 1024

function fw.begins(text, prefix)
  return not prefix or string.byte(text) == 1 or string.sub(text, 1, #prefix) == prefix
end

-- Of those jobs, the ones of which something is told that may be an error.
function fw.withTexts(candidates)
  local ids, some = {}, {}
  for i, candidate in ipairs(candidates) do ids[i] = candidate[1] end
  local ends, mores = fw.fields(P .. 'ends', ids), fw.fields(P .. 'more', ids)
  for i, candidate in ipairs(candidates) do
    if ends[i] or mores[i] then some[#some + 1] = candidate end
  end
  return some
end

function fw.hasTag(tags, tag)
  for _, other in ipairs(tags or {}) do
    if other == tag then return true end
  end
  return false
end

function fw.matchesRecord(filter, record)
  local at, rest = string.match(record, '^%d+,(%d+),%d+|([^\n]*)')
  if filter.ageMsMin and now - tonumber(at) < filter.ageMsMin then return false end
  if #filter.needles == 0 then return true end
  for _, needle in ipairs(filter.needles) do
    if not string.find(rest, needle, 1, true) then return false end
  end
  local head = cjson.decode(rest)
  return (not filter.queue or head[1] == filter.queue) and (not filter.name or head[2] == filter.name)
    and (not filter.group or head[4] == filter.group) and (not filter.tag or fw.hasTag(head[6], filter.tag))
end

function fw.matchesLook(filter, look)
  if filter.states and not filter.states[look[4] == 'ended' and fw.outcomeOf(look[5]) or look[4]] then return false end
  if not filter.errorText then return true end
  local ended = look[4] == 'ended'
  if ended and fw.outcomeOf(look[5]) == 'done' then return false end
  local text = ended and look[5] or look[3]
  local err = text and string.match(text, '^[^|]*|(.*)$')
  return err and (string.byte(err) == 1 or string.find(err, filter.errorText, 1, true) ~= nil) or false
end

local function shelfOf(outcome)
  return {
    count = function(name) return call('ZCARD', P .. outcome .. ':' .. name) end,
    ids = function(name, ids)
      for _, id in ipairs(call('ZRANGE', P .. outcome .. ':' .. name, 0, -1)) do ids[#ids + 1] = id end
    end,
  }
end

-- How many jobs of the queue are in one of the states, and which, the ready ones aside.
local shelves = {
  delayed = {
    count = function(name) return call('ZCARD', P .. 'due:' .. name) end,
    ids = function(name, ids)
      for _, member in ipairs(call('ZRANGE', P .. 'due:' .. name, 0, -1)) do
        ids[#ids + 1] = string.match(member, '^.\2.-\2%d+\2\2?(.*)$')
      end
    end,
  },
  running = {
    count = function(name) return tonumber(call('HGET', P .. 'n:' .. name, 'running') or 0) end,
    ids = function(name, ids)
      for _, session in ipairs(fw.sessionsWithLoans()) do
        fw.eachLoan(session, function(_, bits, text)
          if string.match(text, '^(.-)\t') ~= name then return end
          local place = 0
          for id in string.gmatch(text, '\n([^\n]*)') do
            place = place + 1
            if string.byte(bits, place) == 49 then ids[#ids + 1] = id end
          end
        end)
      end
    end,
  },
  done = {
    count = function(name) return call('LLEN', P .. 'done:' .. name) end,
    ids = function(name, ids)
      for _, id in ipairs(call('LRANGE', P .. 'done:' .. name, 0, -1)) do ids[#ids + 1] = id end
    end,
  },
  blocked = { count = function() return 0 end, ids = function() end },
  dead = shelfOf('dead'), cancelled = shelfOf('cancelled'), quarantined = shelfOf('quarantined'),
}
-- All jobs of the states, newest first: { id, pos, record }. Nothing when there are more than a few, or big ones.
function fw.fewOf(filter)
  local states = filter.states
  if not states or states.ready then return nil end
  if not filter.queue and call('SCARD', P .. 'queues') > fewQueuesMost then return nil end
  local names, count, ids, bytes, found = filter.queue and { filter.queue } or call('SMEMBERS', P .. 'queues'), 0, {}, 0, {}
  for state in pairs(states) do
    for _, name in ipairs(names) do count = count + shelves[state].count(name) end
  end
  if count > fewMost then return nil end
  for state in pairs(states) do
    for _, name in ipairs(names) do shelves[state].ids(name, ids) end
  end
  for from = 1, #ids, pieceMost do
    for i, record in ipairs(call('HMGET', P .. 'jobs', unpack(ids, from, fw.min(from + pieceMost - 1, #ids)))) do
      if record then
        bytes = bytes + #record
        found[#found + 1] = { ids[from + i - 1], tonumber(string.match(record, '^%d+')), record }
      end
    end
    if bytes > bytesMost then return nil end
  end
  table.sort(found, function(a, b) return a[2] > b[2] end)
  return found
end

-- Places of the journal below one, newest first: { id, pos }.
function fw.journalBelow(before, most)
  local found, base = {}, tonumber(call('HGET', P .. 'n', 'base') or 0)
  local last = fw.min(before - 1, base + call('LLEN', P .. 'log'))
  if last > base then
    local first = fw.max(base + 1, last - most + 1)
    local ids = call('LRANGE', P .. 'log', first - base - 1, last - base - 1)
    for i = #ids, 1, -1 do found[#found + 1] = { ids[i], first + i - 1 } end
    return found
  end
  local below = before < math.huge and string.format('(%.0f', before) or '+inf'
  local members = call('ZREVRANGEBYSCORE', P .. 'old', below, '-inf', 'WITHSCORES', 'LIMIT', 0, most)
  for i = 1, #members, 2 do found[#found + 1] = { members[i], tonumber(members[i + 1]) } end
  return found
end
