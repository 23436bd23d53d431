-- Compare and set, all or nothing. ARGV: of each write its key, the version that was read (nothing: any), 1 to write or 0 to delete, the
-- value, for how many ms it lives (nothing: until it is deleted).
-- Answers the new versions, or nothing when one did not match.
--- include ledger

local ledger, index, terms = P .. 'ledger', P .. 'ledger-keys', P .. 'ledger-terms'
local hasTerms = call('EXISTS', terms) == 1
local keys, looks, last = {}, hasTerms, {}
for i = 1, #ARGV, 5 do
  keys[#keys + 1] = ARGV[i]
  looks = looks or ARGV[i + 1] ~= ''
  -- What is written twice in one call is what it was written last.
  last[ARGV[i]] = i
end

-- What stands there is read once, for the comparison and for the terms that end with it.
local before = looks and fw.fields(ledger, keys) or {}
local ended = {}
for n, key in ipairs(keys) do
  local record, read = before[n], ARGV[5 * n - 3]
  if record and hasTerms then ended[#ended + 1] = fw.versionOf(record) .. '\n' .. key end
  if read ~= '' then
    if record and hasTerms and fw.isOver(key, record) then record = false end
    if fw.versionOf(record) ~= read then return false end
  end
end
fw.all('ZREM', terms, ended)
if hasTerms then fw.endTerms(2 * #keys) end

-- One number for all keys: a record that is deleted and made anew never has a version that somebody still holds. It goes with
-- the clock, so that a store that forgot its count gives no number twice.
local version = fw.max(tonumber(call('HGET', P .. 'n', 'ledger') or 0), time[1] * 1000000 + time[2])
local versions, gone, records, places, ends = {}, {}, {}, {}, {}
for i = 1, #ARGV, 5 do
  local key, text, forMs = ARGV[i], '0', ARGV[i + 4]
  if ARGV[i + 2] == '1' then
    version = version + 1
    text = string.format('%.0f', version)
  end
  versions[#versions + 1] = text
  if last[key] ~= i then
  elseif text == '0' then gone[#gone + 1] = key
  else
    records[#records + 1], records[#records + 2] = key, text .. '\n' .. ARGV[i + 3]
    if not before[(i + 4) / 5] then places[#places + 1], places[#places + 2] = 0, key end
    if forMs ~= '' then ends[#ends + 1], ends[#ends + 2] = now + tonumber(forMs), text .. '\n' .. key end
  end
end
fw.all('HDEL', ledger, gone)
fw.all('ZREM', index, gone)
fw.all('HSET', ledger, records)
fw.all('ZADD', index, places)
fw.all('ZADD', terms, ends)
call('HSET', P .. 'n', 'ledger', string.format('%.0f', version))
return versions
