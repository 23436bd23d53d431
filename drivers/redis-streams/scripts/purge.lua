#!lua flags=allow-oom
-- Remove jobs of a queue, oldest first. ARGV: queue, how many at most, states. Answers how many, and whether there are more.
--- include act

local queue, left = ARGV[1], tonumber(ARGV[2])
local _, last = fw.groupOf(fw.queueKey(queue))
local due = P .. 'due:' .. queue
local removed = 0

function fw.purgeEntries(letter, entries)
  for _, found in ipairs(entries) do
    local job = fw.jobOf(queue, found[1], found[2])
    local id = job.entry and fw.idAt(queue, job.entry) or job.id
    call('XDEL', fw.keyAt(letter, queue), found[1])
    fw.letGoOf(queue, job)
    local _, at = fw.placeOf(id)
    if at == found[1] then fw.forget({ id }) end
  end
  removed = removed + #entries
end

function fw.purgeDue(ids)
  for _, id in ipairs(ids) do
    local job = fw.jobAt(id, 'd', '0', queue)
    if job then fw.letGoOf(queue, job) end
    fw.takeOut(id, 'd', '0', queue)
  end
  removed = removed + #ids
end

function fw.endedPurge(letter)
  return {
    purge = function(most) fw.purgeEntries(letter, call('XRANGE', fw.keyAt(letter, queue), '-', '+', 'COUNT', most)) end,
    left = function() return call('XLEN', fw.keyAt(letter, queue)) end,
  }
end

local states = {
  ready = {
    purge = function(most)
      local ids = call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, most)
      fw.purgeDue(ids)
      if #ids == most then return end
      fw.purgeEntries('q', call('XRANGE', fw.queueKey(queue), '(' .. last, '+', 'COUNT', most - #ids))
    end,
    left = function()
      return call('ZCOUNT', due, '-inf', now) + #call('XRANGE', fw.queueKey(queue), '(' .. last, '+', 'COUNT', 1)
    end,
  },
  delayed = {
    purge = function(most) fw.purgeDue(call('ZRANGEBYSCORE', due, '(' .. now, '+inf', 'LIMIT', 0, most)) end,
    left = function() return call('ZCOUNT', due, '(' .. now, '+inf') end,
  },
  done = {
    purge = function(most)
      local ids = call('ZRANGE', fw.doneKey(queue), 0, most - 1)
      fw.dropDone(queue, ids)
      removed = removed + #ids
    end,
    left = function() return call('ZCARD', fw.doneKey(queue)) end,
  },
}
for letter, outcome in pairs(outcomes) do states[outcome] = fw.endedPurge(letter) end

local more = 0
for i = 3, #ARGV do
  local state = states[ARGV[i]]
  if removed < left then state.purge(left - removed) end
  more = more + state.left()
end
return { removed, (more > 0 and removed > 0) and 1 or 0 }
