-- What jobs look like from outside. A look is { id, record, more, place, …, progress, cancelling, failures }, where the place is
-- `ended` (what `ends` has, 0), `delayed` (until when, 0), `running` (session, since when) or `ready` (0, 0).
--- include line
--- include inflight

local outcomes = { D = 'done', X = 'dead', C = 'cancelled', Q = 'quarantined' }

-- Of what `ends` tells.
function fw.outcomeOf(text)
  return outcomes[string.sub(text, 1, 1)]
end

-- The answers to questions that are asked of many jobs alike.
local answered

function begin.look()
  answered = {}
end

function fw.once(question, ask)
  if answered[question] == nil then answered[question] = ask() end
  return answered[question]
end

function fw.dueAtOf(id, head)
  local due = P .. 'due:' .. head.queue
  if not fw.once(due, function() return call('EXISTS', due) == 1 end) then return nil end
  local member = fw.dueMember(fw.charOf(head.priority, false), head.group, head.pos, fw.entryOf(id, head.unique))
  local at = tonumber(call('ZSCORE', due, member) or 0)
  return at > now and at or nil
end

-- Where each of these jobs is: { place, first, second }, by id.
function fw.placesOf(ids, records)
  local places, others = {}, {}
  for i, text in ipairs(fw.fields(P .. 'ends', ids)) do
    local id = ids[i]
    local dueAt = not text and fw.dueAtOf(id, fw.headOf(records[i]))
    if text then places[id] = { 'ended', text, 0 }
    elseif dueAt then places[id] = { 'delayed', string.format('%.0f', dueAt), 0 }
    else others[#others + 1] = id end
  end
  local running, names = fw.runningOf(others), {}
  for _, id in ipairs(others) do
    local loan = running[id]
    if loan then
      local session = loan.session
      names[session] = names[session] or call('HGET', P .. 's:' .. session, 'name') or session
      places[id] = { 'running', names[session], loan.startedAt }
    else
      places[id] = { 'ready', 0, 0 }
    end
  end
  return places
end

function fw.looksOf(ids, records, places)
  local mores, progress, wishes = fw.fields(P .. 'more', ids), fw.fields(P .. 'progress', ids), fw.fields(P .. 'cancelling', ids)
  local fails, looks = fw.fields(P .. 'fails', ids), {}
  for i, id in ipairs(ids) do
    local place = places[id]
    looks[i] = { id, records[i], mores[i], place[1], place[2], place[3], progress[i], wishes[i] and 1 or 0, fails[i] }
  end
  return looks
end

-- Of those ids that stand for a job: themselves and their records.
function fw.known(ids)
  local there, records = {}, {}
  for i, record in ipairs(fw.fields(P .. 'jobs', ids)) do
    if record then
      there[#there + 1] = ids[i]
      records[#there] = record
    end
  end
  return there, records
end
