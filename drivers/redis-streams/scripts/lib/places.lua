-- Where each job is, by its id: `q entry queue` in the stream of its queue, `d 0 queue` until it is due, and `x`, `c` or `z entry queue` among
-- the dead, the cancelled and the quarantined. Written together at the end of a call. Done jobs (`e`) are found by their id alone.
--- include done

local outcomes = { x = 'dead', c = 'cancelled', z = 'quarantined' }

local fresh

function begin.places()
  fresh = {}
end

function fw.putAt(id, letter, entry, queue)
  fresh[id] = letter .. ' ' .. entry .. ' ' .. queue
end

function fw.splitPlace(place)
  return string.match(place, '^(%a) (%S+) (.*)$')
end

function fw.placeOf(id)
  local place = fresh[id] or call('HGET', P .. 'ids', id)
  if place then return fw.splitPlace(place) end
  local job = fw.doneJob(id)
  if job then return 'e', '0', job.queue end
end

-- A job that has ended is there, but nobody waits for it.
function fw.hasEnded(letter)
  return letter == 'e' or outcomes[letter] ~= nil
end

function fw.keyAt(letter, queue)
  return letter == 'q' and fw.queueKey(queue) or P .. outcomes[letter] .. ':' .. queue
end

-- The job at a place, unless somebody else has taken it away.
function fw.jobAt(id, letter, entry, queue)
  if letter == 'e' then return fw.doneJob(id) end
  if letter == 'd' then
    local text = call('HGET', P .. 'later:' .. queue, id)
    return text and fw.jobOf(queue, '0-0', cjson.decode(text)) or nil
  end
  local found = fw.entryAt(fw.keyAt(letter, queue), entry)
  return found and fw.jobOf(queue, entry, found[2]) or nil
end

function fw.isThere(id, letter, entry, queue)
  if letter == 'd' then return call('HEXISTS', P .. 'later:' .. queue, id) == 1 end
  if letter == 'e' then return true end
  return fw.entryAt(fw.keyAt(letter, queue), entry) and true or false
end

-- Who holds an entry of a queue, and for how many ms.
function fw.holderOfEntry(queue, entry)
  local pending = redis.pcall('XPENDING', fw.queueKey(queue), group, entry, entry, 1)
  if pending.err or not pending[1] then return nil end
  return pending[1][2], pending[1][3]
end

function fw.forget(ids)
  for _, id in ipairs(ids) do fresh[id] = nil end
  fw.all('HDEL', P .. 'ids', ids)
end

-- A job that does not run leaves its place; its id is free.
function fw.takeOut(id, letter, entry, queue)
  if letter == 'e' then return fw.dropDone(queue, { id }) end
  if letter == 'd' then
    call('ZREM', P .. 'due:' .. queue, id)
    call('HDEL', P .. 'later:' .. queue, id)
  else
    call('XDEL', fw.keyAt(letter, queue), entry)
  end
  fw.forget({ id })
end

function fw.writePlaces()
  local pairs_ = {}
  for id, place in pairs(fresh) do
    pairs_[#pairs_ + 1] = id
    pairs_[#pairs_ + 1] = place
  end
  fw.all('HSET', P .. 'ids', pairs_)
  fresh = {}
end
