#!lua flags=allow-oom
-- Keep a session alive, from the guardian's connection; whoever was accused of the death that did not come is free again.
-- ARGV: session, health (JSON). Answers whether it still lives.
--- include base

local key = P .. 's:' .. ARGV[1]
local lease = call('HGET', key, 'lease')
if not (lease and call('ZSCORE', P .. 'sessions', ARGV[1])) then return 0 end
call('ZADD', P .. 'sessions', now + tonumber(lease), ARGV[1])
call('HSET', key, 'health', ARGV[2])
call('HDEL', key, 'accused')
return 1
