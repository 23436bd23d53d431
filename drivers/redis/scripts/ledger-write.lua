-- Compare and set, all or nothing. ARGV: of each write its key, the version that was read (nothing: any), 1 to write or 0 to delete, the
-- value, for how many ms it lives (nothing: until it is deleted).
-- Answers the new versions, or nothing when one did not match.
--- include ledger

local ledger, keys, terms = P .. 'ledger', P .. 'ledger-keys', P .. 'ledger-terms'
local hasTerms = call('EXISTS', terms) == 1

for i = 1, #ARGV, 5 do
  if ARGV[i + 1] ~= '' then
    local record = call('HGET', ledger, ARGV[i])
    if record and hasTerms and fw.isOver(ARGV[i], record) then record = false end
    if fw.versionOf(record) ~= ARGV[i + 1] then return false end
  end
end
if hasTerms then
  for i = 1, #ARGV, 5 do call('ZREM', terms, fw.versionOf(call('HGET', ledger, ARGV[i])) .. '\n' .. ARGV[i]) end
  fw.endTerms(#ARGV)
end

-- One number for all keys: a record that is deleted and made anew never has a version that somebody still holds. It goes with
-- the clock, so that a store that forgot its count gives no number twice.
local version = fw.max(tonumber(call('HGET', P .. 'n', 'ledger') or 0), time[1] * 1000000 + time[2])
local versions = {}
for i = 1, #ARGV, 5 do
  if ARGV[i + 2] == '0' then
    call('HDEL', ledger, ARGV[i])
    call('ZREM', keys, ARGV[i])
    versions[#versions + 1] = '0'
  else
    version = version + 1
    local text = string.format('%.0f', version)
    call('HSET', ledger, ARGV[i], text .. '\n' .. ARGV[i + 3])
    call('ZADD', keys, 0, ARGV[i])
    if ARGV[i + 4] ~= '' then call('ZADD', terms, now + tonumber(ARGV[i + 4]), text .. '\n' .. ARGV[i]) end
    versions[#versions + 1] = text
  end
end
call('HSET', P .. 'n', 'ledger', string.format('%.0f', version))
return versions
