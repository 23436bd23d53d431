#!lua flags=allow-oom
-- Open a session. ARGV: the session that was open before ('' for none), host:pid, nonce, leaseMs. While the former one
-- lives it is answered again.
--- include base

local sessions = P .. 'sessions'
local former = ARGV[1]
if former ~= '' and call('ZSCORE', sessions, former) then
  local name = call('HGET', P .. 's:' .. former, 'name')
  if name then return { former, name } end
  -- It was forgotten: its loans are for the next sweep.
  call('ZADD', sessions, 0, former)
end
-- Counted, so that they are told apart; with a nonce, so that a store that forgot its count gives no name twice.
local session = string.format('%x', call('HINCRBY', P .. 'n', 'session', 1)) .. '-' .. ARGV[3]
local name = ARGV[2] .. ':' .. session
call('HSET', P .. 's:' .. session, 'name', name, 'openedAt', now, 'lease', ARGV[4], 'about', '{}')
call('ZADD', sessions, now + tonumber(ARGV[4]), session)
return { session, name }
