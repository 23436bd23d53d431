-- Records by their keys, in the order of their bytes. ARGV: prefix, limit, the key after which they begin ('' for none). Answers key, version and
-- value of each.
--- include ledger

local prefix, limit, after = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local from = '[' .. prefix
if after ~= '' and after >= prefix then from = '(' .. after end
local found = {}
while #found < limit do
  local keys = call('ZRANGEBYLEX', recordKeys, from, '(' .. prefix .. '\255', 'LIMIT', 0, limit - #found)
  if #keys == 0 then break end
  for i, text in ipairs(fw.fields(records, keys)) do
    local version, value = fw.readRecord(text)
    if version then found[#found + 1] = { keys[i], version, value } end
  end
  from = '(' .. keys[#keys]
end
return found
