-- Jobs, newest first, by the journal. ARGV: below which of its places ('' for all), how many, filter (JSON, lib/filter.lua), how many to
-- look at. Answers where to go on ('' when nothing is left), how many were looked at, when the last of them was enqueued ('' when
-- nobody knows), and looks.
--- include filter

-- Bodies count.
local bytesMost = 8 * 1024 * 1024
local before, want, filter = tonumber(ARGV[1]) or math.huge, tonumber(ARGV[2]), cjson.decode(ARGV[3])
local candidates, isLast = fw.journalBelow(before, tonumber(ARGV[4]))
local at, bytes, oldest = 0, 0, nil

-- The next ones whose records match, about so many.
function fw.nextFew(most)
  local ids, records, places = {}, {}, {}
  while at < #candidates and #ids < most and bytes < bytesMost do
    local piece, asked = {}, {}
    while #piece < pieceMost and at < #candidates do
      at = at + 1
      if fw.begins(candidates[at][1], filter.idPrefix) then piece[#piece + 1] = candidates[at] end
    end
    if filter.errorText then piece = fw.withTexts(piece) end
    for i, candidate in ipairs(piece) do asked[i] = candidate[1] end
    for i, record in ipairs(fw.fields(P .. 'jobs', asked)) do
      if record then
        bytes, oldest = bytes + #record, record
        -- A record with another place is a later job of the same id.
        if fw.matchesRecord(filter, record) and tonumber(string.match(record, '^%d+')) == piece[i][2] then
          ids[#ids + 1] = asked[i]
          records[#ids], places[#ids] = record, piece[i][2]
        end
      end
    end
  end
  return ids, records, places
end

-- What hangs on a state or an error is known only after the look.
local most = (filter.states or filter.errorText) and 2 * want or want
local answer = { '', 0, '' }
while #answer - 3 < want and at < #candidates and bytes < bytesMost do
  local ids, records, places = fw.nextFew(most)
  for i, look in ipairs(fw.looksOf(ids, records, fw.placesOf(ids, records))) do
    if #answer - 3 < want and fw.matchesLook(filter, look) then
      answer[#answer + 1] = look
      answer[1] = string.format('%.0f', places[i])
    end
  end
  most = 1000
end
if #answer - 3 < want then answer[1] = (at < #candidates or not isLast) and string.format('%.0f', candidates[at][2]) or '' end
answer[2] = at
local last = at > 0 and call('HGET', P .. 'jobs', candidates[at][1]) or oldest
if last then answer[3] = string.match(last, '^%d+,(%d+)') end
return answer
