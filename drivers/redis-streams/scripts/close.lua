#!lua flags=allow-oom
-- End a session and give back what it holds, a piece a call. ARGV: session, limit. Answers whether there is more.
--- include back

local session = ARGV[1]
if call('ZREM', P .. 'sessions', session) == 1 then
  -- Should this worker vanish before it has given everything back, the next sweep goes on.
  call('HSET', P .. 's:' .. session, 'closing', 1)
  call('RPUSH', P .. 'dying', session)
elseif not call('HGET', P .. 's:' .. session, 'closing') then
  return 0
end
local _, over = fw.takeBackAll(session, tonumber(ARGV[2]), nil)
if over then fw.endSession(session) end
fw.writePlaces()
return over and 0 or 1
