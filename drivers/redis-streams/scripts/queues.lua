-- Queues that hold a job or are paused, some a call. ARGV: cursor. Answers the next one, and names.
--- include places

function fw.holdsAny(queue)
  for letter in pairs(outcomes) do
    if call('XLEN', fw.keyAt(letter, queue)) > 0 then return true end
  end
  return call('XLEN', fw.queueKey(queue)) > 0 or call('EXISTS', P .. 'due:' .. queue, fw.doneKey(queue)) > 0
end

local scan = call('SSCAN', P .. 'queues', ARGV[1], 'COUNT', 100)
local names = ARGV[1] == '0' and call('SMEMBERS', P .. 'paused') or {}
for _, queue in ipairs(scan[2]) do
  if fw.holdsAny(queue) then names[#names + 1] = queue end
end
return { scan[1], names }
