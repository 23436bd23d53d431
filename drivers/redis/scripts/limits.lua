-- What limits a queue. ARGV: queue. Answers the settings of the queue and of all groups (JSON or ''), revision, until when the
-- queue is frozen ('' if not), own settings of groups (group, JSON, …), frozen groups (group, until, …), what the
-- queue's rates and quota have given out, and the time.
--- include base

local f = call('HMGET', P .. 'n:' .. ARGV[1], 'limq', 'limg', 'rev', 'frozen', 'tb')
local frozen = tonumber(f[4] or 0)
return {
  f[1] or '', f[2] or '', tonumber(f[3] or 0), frozen > now and f[4] or '', call('HGETALL', P .. 'lg:' .. ARGV[1]),
  call('ZRANGEBYSCORE', P .. 'frozen:' .. ARGV[1], '(' .. now, '+inf', 'WITHSCORES'), f[5] or '', now,
}
