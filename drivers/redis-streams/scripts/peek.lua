-- The next jobs of a queue, in the order in which they would be taken. ARGV: queue, how many.
--- include look

local queue, count = ARGV[1], tonumber(ARGV[2])
local _, last = fw.groupOf(fw.queueKey(queue))
local looks = fw.looksAt('q', queue, call('XRANGE', fw.queueKey(queue), '(' .. last, '+', 'COUNT', count))
-- Those whose time has come stand behind them.
local over = call('ZRANGEBYSCORE', P .. 'due:' .. queue, '-inf', now, 'LIMIT', 0, count - #looks)
for _, look in ipairs(fw.looksOf(over)) do looks[#looks + 1] = look end
return looks
