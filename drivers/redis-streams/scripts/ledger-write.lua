-- Compare and set, all or nothing. ARGV: of each write its key, the version that was read ('' for any), 1 to write or 0 to delete, for how many ms
-- (0: for ever), the value. Answers the new versions, or nothing when one did not match.
--- include ledger

fw.dropEnded()
for i = 1, #ARGV, 5 do
  local version = fw.readRecord(call('HGET', records, ARGV[i])) or '0'
  if ARGV[i + 1] ~= '' and version ~= ARGV[i + 1] then return false end
end

-- One number for all keys, which goes with the clock: no record has a version that somebody still holds, whatever was deleted or forgotten.
local version = fw.max(tonumber(call('HGET', P .. 'n', 'ledger') or 0), time[1] * 1000000 + time[2])
local versions = {}
for i = 1, #ARGV, 5 do
  if ARGV[i + 2] == '0' then
    fw.dropRecord(ARGV[i])
    versions[#versions + 1] = '0'
  else
    version = version + 1
    versions[#versions + 1] = string.format('%.0f', version)
    fw.putRecord(ARGV[i], versions[#versions], tonumber(ARGV[i + 3]), ARGV[i + 4])
  end
end
call('HSET', P .. 'n', 'ledger', string.format('%.0f', version))
return versions
