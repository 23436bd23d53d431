#!lua flags=allow-oom
-- Remove jobs of a queue, oldest first. ARGV: queue, how many at most, states. Answers how many, and whether there are more.
--- include unique
--- include ended

local row, limit = fw.queueOf(ARGV[1]), tonumber(ARGV[2])
local removed, popped = 0, 0

-- Who held unique keys: only their records tell.
function fw.letGoOf(ids)
  local keys = {}
  for i, record in ipairs(fw.fields(P .. 'jobs', ids)) do
    local unique = record and fw.headOf(record).unique
    keys[i] = unique and unique[1] or 0
  end
  fw.letGoAll(row, keys, ids)
end

function fw.leaveTurns(group)
  local at = tonumber(call('ZSCORE', P .. 'ring:' .. row.name, group) or 0)
  call('ZREM', P .. 'ring:' .. row.name, group)
  call('ZREM', P .. 'wait:' .. row.name, group)
  call('SREM', P .. 'cap:' .. row.name, group)
  -- Who comes again soon has not forgotten what he had.
  if at > row.vt then call('ZADD', P .. 'rest:' .. row.name, at, group) end
end

-- Straight from the lists, so that nobody leaves a ghost; those that are there go with them.
function fw.purgeGroup(group, most)
  local ghosts, ids, keyed = P .. 'ghost:' .. row.name, {}, {}
  local haunted = call('EXISTS', ghosts) == 1
  local left = most
  for char in string.gmatch(row.mask, '.') do
    local entries = left > 0 and call('LPOP', fw.lineKey(row, char, group), left) or {}
    left = left - #entries
    for _, entry in ipairs(entries) do
      local marked = string.byte(entry) == 2
      local id = marked and string.sub(entry, 2) or entry
      local field = haunted and fw.ghostField(char, group, id)
      if field and call('HEXISTS', ghosts, field) == 1 then
        if call('HINCRBY', ghosts, field, -1) <= 0 then call('HDEL', ghosts, field) end
      else
        ids[#ids + 1] = id
        if marked then keyed[#keyed + 1] = id end
      end
    end
  end
  fw.letGoOf(keyed)
  fw.forget(ids)
  row.ready = row.ready - #ids
  removed, popped = removed + #ids, popped + most - left
  if left > 0 then fw.leaveTurns(group) end
end

function fw.purgeReady()
  for _, key in ipairs({ 'ring:', 'wait:', 'cap:' }) do
    while removed < limit and popped < 2 * limit do
      local name = P .. key .. row.name
      local groups = key == 'cap:' and call('SRANDMEMBER', name, 100) or call('ZRANGE', name, 0, 99)
      if #groups == 0 then break end
      for _, group in ipairs(groups) do
        if removed < limit and popped < 2 * limit then fw.purgeGroup(group, limit - removed) end
      end
    end
  end
end

function fw.purgeDelayed()
  local due = P .. 'due:' .. row.name
  local members = call('ZRANGEBYSCORE', due, '(' .. now, '+inf', 'LIMIT', 0, limit - removed)
  local ids, keyed = {}, {}
  for i, member in ipairs(members) do
    local mark, id = string.match(member, '^.\2.-\2%d+\2(\2?)(.*)$')
    ids[i] = id
    if mark ~= '' then keyed[#keyed + 1] = id end
  end
  fw.all('ZREM', due, members)
  fw.letGoOf(keyed)
  fw.forget(ids)
  removed = removed + #ids
end

function fw.purgeDone()
  if removed >= limit then return end
  local ids = call('LPOP', P .. 'done:' .. row.name, limit - removed) or {}
  fw.forget(ids)
  removed = removed + #ids
end

function fw.purgeFailed(letter)
  local ids = call('ZRANGE', fw.failedKey(row, letter), 0, limit - removed - 1)
  if removed >= limit then return end
  fw.all('ZREM', fw.failedKey(row, letter), ids)
  fw.forget(ids, true)
  removed = removed + #ids
end

local states = {
  ready = {
    purge = fw.purgeReady,
    left = function() return row.ready > 0 or call('ZCOUNT', P .. 'due:' .. row.name, '-inf', now) > 0 end,
  },
  delayed = {
    purge = fw.purgeDelayed,
    left = function() return call('ZCOUNT', P .. 'due:' .. row.name, '(' .. now, '+inf') > 0 end,
  },
  done = { purge = fw.purgeDone, left = function() return call('EXISTS', P .. 'done:' .. row.name) == 1 end },
}
for letter, outcome in pairs(failures) do
  states[outcome] = {
    purge = function() fw.purgeFailed(letter) end,
    left = function() return call('EXISTS', fw.failedKey(row, letter)) == 1 end,
  }
end

row.changed = row.known
fw.promote(row, 1000)
local more = false
for i = 3, #ARGV do
  states[ARGV[i]].purge()
  more = more or states[ARGV[i]].left()
end
fw.cutJournal(removed + 50)
fw.writeRows()
-- What is in no list cannot be removed: an audit finds it.
return { removed, (more and removed + popped > 0) and 1 or 0 }
