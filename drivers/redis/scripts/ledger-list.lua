-- Records by their keys. ARGV: from and to where (as ZRANGEBYLEX takes them), limit (-1: all). Answers keys, and `version\nvalue` of each.
--- include ledger

local from, to, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local keys, records = {}, {}
-- Those whose time is over fill no page.
repeat
  local left = limit < 0 and -1 or limit - #keys
  local page = call('ZRANGEBYLEX', P .. 'ledger-keys', from, to, 'LIMIT', 0, left)
  for i, record in ipairs(fw.recordsOf(page)) do
    if record then keys[#keys + 1], records[#records + 1] = page[i], record end
  end
  if #page > 0 then from = '(' .. page[#page] end
until left < 0 or #page < left or #keys == limit
return { keys, records }
