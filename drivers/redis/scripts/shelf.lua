-- The newest of the jobs that stand in one place (shelves.lua), a slice of it a call, those that came there last first. ARGV: state, queue,
-- line, from where ('' at first), above and below which places of the journal, how many, filter (JSON, lib/filter.lua). Answers where
-- to go on ('' at the end), how many were looked at, since when none of those behind them came there ('' where that is not known), when
-- the oldest was enqueued ('' when none was read), and id, place and enqueue time of each that matches.
--- include filter

local sliceMost, bytesMost, latesMost = 1000, 8 * 1024 * 1024, 20
local state, name, line, from = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local above, below, want, filter = tonumber(ARGV[5]), tonumber(ARGV[6]) or math.huge, tonumber(ARGV[7]), cjson.decode(ARGV[8])

-- A slice is { ids, nextAfter (from where, when the first so many of them were looked at), places (where they are known), since }.
function fw.sliceOfList(key)
  local skip = tonumber(from) or 0
  local entries, ids = call('LRANGE', key, -skip - sliceMost, -skip - 1), {}
  for i = #entries, 1, -1 do
    local entry = entries[i]
    ids[#ids + 1] = string.byte(entry) == 2 and string.sub(entry, 2) or entry
  end
  return { ids = ids, nextAfter = function(count) return skip + count end }
end

-- By score: where one goes or comes meanwhile, none of the others is passed over.
function fw.sliceOfSet(key, idOf)
  local score, skip = string.match(from, '^(%S+) (%d+)$')
  local members = call('ZREVRANGEBYSCORE', key, score or '+inf', '-inf', 'WITHSCORES', 'LIMIT', skip or 0, sliceMost)
  local ids, places, scores = {}, {}, {}
  for i = 1, #members, 2 do
    local at = #ids + 1
    ids[at], places[at] = idOf(members[i])
    scores[at] = members[i + 1]
  end
  return {
    ids = ids, places = places,
    nextAfter = function(count)
      local same = count
      while same > 0 and scores[same] == scores[count] do same = same - 1 end
      local skipped = same == 0 and scores[count] == score and tonumber(skip) or 0
      return scores[count] .. ' ' .. string.format('%.0f', count - same + skipped)
    end,
    since = function(count) return scores[count] end,
  }
end

function fw.sliceOfLoans()
  local skip, seen, ids = tonumber(from) or 0, 0, {}
  for _, session in ipairs(fw.sessionsWithLoans()) do
    fw.eachLoan(session, function(_, bits, text)
      if string.match(text, '^(.-)\t') ~= name then return end
      local place = 0
      for id in string.gmatch(text, '\n([^\n]*)') do
        place = place + 1
        if string.byte(bits, place) == 49 then
          seen = seen + 1
          if seen > skip and #ids < sliceMost then ids[#ids + 1] = id end
        end
      end
    end)
  end
  return { ids = ids, nextAfter = function(count) return skip + count end }
end

-- Of those never taken: whoever was ready at once stands behind all that had come before him. A late one (it was delayed, or is here
-- again) says nothing.
function fw.sliceOfLine(char, group)
  local slice = fw.sliceOfList(fw.lineKey({ name = name }, char, group))
  if not string.match(char, '%d') then return slice end
  slice.since = function(count)
    for i = count, fw.max(1, count - latesMost), -1 do
      local at, due = string.match(call('HGET', P .. 'jobs', slice.ids[i]) or '', '^%d+,(%d+),(%d+)')
      if due == '0' and call('HEXISTS', P .. 'more', slice.ids[i]) == 0 then return at end
    end
  end
  return slice
end

function fw.sliceOf()
  if state == 'ready' then return fw.sliceOfLine(string.sub(line, 1, 1), string.sub(line, 2)) end
  if state == 'running' then return fw.sliceOfLoans() end
  if state == 'done' then
    local slice = fw.sliceOfList(P .. 'done:' .. name)
    slice.since = function(count)
      return string.match(call('HGET', P .. 'ends', slice.ids[count]) or '', '^%a,(%d+)')
    end
    return slice
  end
  if state ~= 'delayed' then
    local slice = fw.sliceOfSet(P .. state .. ':' .. name, function(id) return id end)
    for i, text in ipairs(fw.fields(P .. 'ends', slice.ids)) do
      slice.places[i] = text and tonumber(string.match(text, '^%a,%d+,%d+,%d+,%d+,(%d+)'))
    end
    return slice
  end
  local slice = fw.sliceOfSet(P .. 'due:' .. name, function(member)
    local place, id = string.match(member, '^.\2.-\2(%d+)\2\2?(.*)$')
    return id, tonumber(place)
  end)
  -- When a job is due says nothing of when it came.
  slice.since = nil
  return slice
end

local slice, found, at, bytes, least, oldest = fw.sliceOf(), {}, 0, 0, math.huge, nil

function fw.isBetween(place)
  return place > above and place < below
end

while at < #slice.ids and bytes < bytesMost do
  local piece = {}
  while #piece < pieceMost and at < #slice.ids do
    at = at + 1
    local place = slice.places and slice.places[at]
    if not place or fw.isBetween(place) then piece[#piece + 1] = slice.ids[at] end
  end
  for i, record in ipairs(fw.fields(P .. 'jobs', piece)) do
    bytes = bytes + (record and #record or 0)
    local place = record and tonumber(string.match(record, '^%d+'))
    if place and place < least then least, oldest = place, record end
    if place and fw.isBetween(place) and fw.begins(piece[i], filter.idPrefix) and fw.matchesRecord(filter, record) then
      found[#found + 1] = { piece[i], place, string.match(record, '^%d+,(%d+)') }
    end
  end
end
if filter.errorText then found = fw.withErrors(filter, found) end
if #found > want then table.sort(found, function(a, b) return a[2] > b[2] end) end

local since = at > 0 and slice.since and slice.since(at)
local answer = {
  (at < #slice.ids or at == sliceMost) and tostring(slice.nextAfter(at)) or '', at, since and tostring(since) or '',
  oldest and string.match(oldest, '^%d+,(%d+)') or '',
}
for i = 1, fw.min(want, #found) do
  local id, place, enqueuedAt = unpack(found[i])
  answer[#answer + 1] = id
  answer[#answer + 1] = string.format('%.0f', place)
  answer[#answer + 1] = enqueuedAt
end
return answer
