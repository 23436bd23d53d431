#!lua flags=allow-oom
-- What the store thinks a session holds, against what it runs. ARGV: session, known (JSON: `entry queue` of each). Loans that it does not know
-- come back; those that it knows and the store does not are told.
--- include back

local session, known, revoked, released = ARGV[1], {}, {}, 0
local alive = call('ZSCORE', P .. 'sessions', session)
for _, receipt in ipairs(cjson.decode(ARGV[2])) do
  local entry, queue = string.match(receipt, '^(%S+) (.*)$')
  if alive and fw.holderOfEntry(queue, entry) == session then known[receipt] = true
  else revoked[#revoked + 1] = receipt end
end
if alive then
  for _, queue in ipairs(fw.queuesOf(session)) do
    local keeps = function(entry, of) return known[entry .. ' ' .. of] end
    released = released + fw.takeBack(queue, session, math.huge, keeps, nil)
  end
  fw.writePlaces()
end
return { released, revoked }
