-- Add jobs. ARGV: session, lane, seq, sections (JSON), then id and record of each job in the order of the sections.
--- include calls
--- include add
--- include journal

local before = fw.recall('enqueue')
if before then
  if type(before) == 'table' then return before.refused end
  return cjson.decode(before)
end
local sections = cjson.decode(ARGV[4])
for _, section in ipairs(#sections > 1 and sections or {}) do
  local limits = fw.queueOf(section.q).lim.q
  if limits and limits.depthMax and not section.t then return 'IN TURN' end
end
local letters, holders = {}, {}
fw.beginJournal((#ARGV - 4) / 2)
fw.addSections(sections, 5, letters, holders)
fw.writeJournal()
fw.cutJournal(#letters)
fw.writeRows()
-- In turn or not: whoever asks again has to read the letters in the same order.
local answer = { table.concat(letters), sections[1].t or 0, unpack(holders) }
fw.remember('enqueue', cjson.encode(answer))
return answer
