-- Which jobs somebody wants to see, and where to look for them: { queue, states (a set), name, group, tag, idPrefix, errorText,
-- ageMsMin, fromMs, toMs, needles (what the line about a job must contain) }, each as it stands in records. What is written as JSON behind a mark passes: whoever asked looks at it again.
--- include look

-- Records read in one piece.
local pieceMost = 50

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
  -- Most are sorted out by what they do not contain anywhere; a body may contain it too.
  for _, needle in ipairs(filter.needles) do
    if not string.find(record, needle, 1, true) then return false end
  end
  if filter.ageMsMin or filter.fromMs or filter.toMs then
    local at = tonumber(string.match(record, '^%d+,(%d+)'))
    if filter.ageMsMin and now - at < filter.ageMsMin then return false end
    if filter.fromMs and at < filter.fromMs or filter.toMs and at >= filter.toMs then return false end
  end
  if #filter.needles == 0 then return true end
  local head = cjson.decode(string.match(record, '^%d+,%d+,%d+|([^\n]*)'))
  return (not filter.queue or head[1] == filter.queue) and (not filter.name or head[2] == filter.name)
    and (not filter.group or head[4] == filter.group) and (not filter.tag or fw.hasTag(head[6], filter.tag))
end

-- Of what `ends` tells of a job, or else `more`.
function fw.matchesError(filter, text, ended)
  if ended and fw.outcomeOf(text) == 'done' then return false end
  local err = text and string.match(text, '^[^|]*|(.*)$')
  return err and (string.byte(err) == 1 or string.find(err, filter.errorText, 1, true) ~= nil) or false
end

function fw.matchesLook(filter, look)
  local ended = look[4] == 'ended'
  if filter.states and not filter.states[ended and fw.outcomeOf(look[5]) or look[4]] then return false end
  return not filter.errorText or fw.matchesError(filter, ended and look[5] or look[3], ended)
end

-- Of those jobs, the ones with that error.
function fw.withErrors(filter, candidates)
  local ids, some = {}, {}
  for i, candidate in ipairs(candidates) do ids[i] = candidate[1] end
  local ends, mores = fw.fields(P .. 'ends', ids), fw.fields(P .. 'more', ids)
  for i, candidate in ipairs(candidates) do
    if fw.matchesError(filter, ends[i] or mores[i], ends[i]) then some[#some + 1] = candidate end
  end
  return some
end

-- Places of the journal below one, newest first: { id, pos }, and whether there are no more.
function fw.journalBelow(before, most)
  local found, base = {}, tonumber(call('HGET', P .. 'n', 'base') or 0)
  local last = fw.min(before - 1, base + call('LLEN', P .. 'log'))
  if last > base then
    local first = fw.max(base + 1, last - most + 1)
    local ids = call('LRANGE', P .. 'log', first - base - 1, last - base - 1)
    for i = #ids, 1, -1 do found[#found + 1] = { ids[i], first + i - 1 } end
    return found, first == base + 1 and call('EXISTS', P .. 'old') == 0
  end
  local below = before < math.huge and string.format('(%.0f', before) or '+inf'
  local members = call('ZREVRANGEBYSCORE', P .. 'old', below, '-inf', 'WITHSCORES', 'LIMIT', 0, most)
  for i = 1, #members, 2 do found[#found + 1] = { members[i], tonumber(members[i + 1]) } end
  return found, #found < most
end
