-- Jobs, newest first. ARGV: below which place of the journal ('' for all), how many, filter (JSON, lib/filter.lua). Answers where
-- to go on ('' when nothing is left), and looks.
--- include filter

local lookedMost = 1000
local before, want, filter = tonumber(ARGV[1]) or math.huge, tonumber(ARGV[2]), cjson.decode(ARGV[3])
-- What hangs on a state or an error is known only after the look; the others need not be more than are wanted.
local most = (filter.states or filter.errorText) and lookedMost or want

local few, candidates = fw.fewOf(filter), {}
if few then
  for _, candidate in ipairs(few) do
    if candidate[2] < before then candidates[#candidates + 1] = candidate end
  end
else
  candidates = fw.journalBelow(before, lookedMost)
end

local ids, records, places, bytes, at = {}, {}, {}, 0, 0
while at < #candidates and #ids < most and bytes < bytesMost do
  local piece, asked = {}, {}
  while #piece < pieceMost and at < #candidates do
    at = at + 1
    if fw.begins(candidates[at][1], filter.idPrefix) then piece[#piece + 1] = candidates[at] end
  end
  if filter.errorText then piece = fw.withTexts(piece) end
  for i, candidate in ipairs(piece) do asked[i] = candidate[1] end
  for i, record in ipairs(few and {} or fw.fields(P .. 'jobs', asked)) do piece[i][3] = record end
  for _, candidate in ipairs(piece) do
    local record = candidate[3]
    -- A record with another place is a later job of the same id.
    if record and tonumber(string.match(record, '^%d+')) == candidate[2] then
      bytes = bytes + #record
      if fw.matchesRecord(filter, record) then
        ids[#ids + 1] = candidate[1]
        records[#ids], places[#ids] = record, candidate[2]
      end
    end
  end
end

local lasts = at < #candidates or (not few and #candidates > 0)
local answer = { lasts and string.format('%.0f', candidates[at][2]) or '' }
for i, look in ipairs(fw.looksOf(ids, records, fw.placesOf(ids, records))) do
  if fw.matchesLook(filter, look) then
    answer[#answer + 1] = look
    if #answer > want then
      answer[1] = string.format('%.0f', places[i])
      break
    end
  end
end
return answer
