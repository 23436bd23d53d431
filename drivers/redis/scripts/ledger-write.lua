-- Compare and set, all or nothing. ARGV: of each write its key, the version that was read (nothing: any), 1 to write or 0 to delete, the value.
-- Answers the new versions, or nothing when one did not match.
--- include base

local ledger, keys = P .. 'ledger', P .. 'ledger-keys'

for i = 1, #ARGV, 4 do
  if ARGV[i + 1] ~= '' then
    local record = call('HGET', ledger, ARGV[i])
    local version = record and string.match(record, '^%d+') or '0'
    if version ~= ARGV[i + 1] then return false end
  end
end

-- One number for all keys: a record that is deleted and made anew never has a version that somebody still holds. It goes with
-- the clock, so that a store that forgot its count gives no number twice.
local version = fw.max(tonumber(call('HGET', P .. 'n', 'ledger') or 0), time[1] * 1000000 + time[2])
local versions = {}
for i = 1, #ARGV, 4 do
  if ARGV[i + 2] == '0' then
    call('HDEL', ledger, ARGV[i])
    call('ZREM', keys, ARGV[i])
    versions[#versions + 1] = '0'
  else
    version = version + 1
    local text = string.format('%.0f', version)
    call('HSET', ledger, ARGV[i], text .. '\n' .. ARGV[i + 3])
    call('ZADD', keys, 0, ARGV[i])
    versions[#versions + 1] = text
  end
end
call('HSET', P .. 'n', 'ledger', string.format('%.0f', version))
return versions
