-- What jobs look like from outside. A look is { state, queue, entry, fields, session, startedAt, dueAt, settledAt, progress, cancelling }; what
-- does not apply is ''.
--- include put
--- include past

local stateNames = { x = 'dead', c = 'cancelled', z = 'quarantined', e = 'done', d = 'delayed' }

-- `waits`: it is known that nobody holds it.
function fw.lookOf(letter, queue, entry, id, fields, waits)
  local look = { stateNames[letter] or 'ready', queue, entry, fields, '', '', '', '', '', 0 }
  if letter == 'q' then
    local holder, heldMs
    if not waits then holder, heldMs = fw.holderOfEntry(queue, entry) end
    if holder then
      look[1], look[5], look[6] = 'running', call('HGET', P .. 's:' .. holder, 'name') or holder, tostring(now - heldMs)
      look[9] = call('HGET', P .. 'progress', id) or ''
      look[10] = call('HEXISTS', P .. 'cancelling', id)
    end
  elseif letter == 'd' then
    local dueAt = call('ZSCORE', P .. 'due:' .. queue, id) or '0'
    if tonumber(dueAt) <= now then look[1] = 'ready' end
    look[7] = dueAt
  elseif letter == 'e' then
    look[8] = call('ZSCORE', fw.doneKey(queue), id) or '0'
  else
    look[8] = string.match(entry, '^%d+')
  end
  return look
end

-- Nothing of an id that is nobody's.
function fw.look(id)
  local letter, entry, queue = fw.placeOf(id)
  local job = letter and fw.jobAt(id, letter, entry, queue)
  return job and fw.lookOf(letter, queue, entry, id, fw.fieldsOf(job)) or false
end

-- Entries of a stream as looks.
function fw.looksAt(letter, queue, entries, waits)
  local looks = {}
  for i, found in ipairs(entries) do
    looks[i] = fw.lookOf(letter, queue, found[1], fw.jobOf(queue, found[1], found[2]).id, found[2], waits)
  end
  return looks
end

-- Jobs by their ids as looks.
function fw.looksOf(ids)
  local looks = {}
  for _, id in ipairs(ids) do
    local look = fw.look(id)
    if look then looks[#looks + 1] = look end
  end
  return looks
end
