-- Add jobs. ARGV: session, lane, seq, sections (JSON), then the fields of each job in their order.
--- include calls
--- include add

local before = fw.recall('enqueue')
if before then
  if type(before) == 'table' then return before.refused end
  return cjson.decode(before)
end
local letters, holders = {}, {}
fw.addSections(cjson.decode(ARGV[4]), 5, letters, holders)
fw.writePlaces()
local answer = { table.concat(letters), unpack(holders) }
fw.remember('enqueue', cjson.encode(answer))
return answer
