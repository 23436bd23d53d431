-- Take nothing from a queue or a group before a moment. ARGV: queue, group ('' for the whole queue), until (0 lifts it).
--- include flags

local row, group, untilMs = fw.queueOf(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local frozen = P .. 'frozen:' .. row.name
row.changed, row.sooner = true, true
if group == '' then
  row.frozen = untilMs
  call('HSET', row.key, 'frozen', ARGV[3])
else
  call('ZREMRANGEBYSCORE', frozen, '-inf', now)
  if untilMs > now then call('ZADD', frozen, ARGV[3], group) else call('ZREM', frozen, group) end
  fw.unpark(row, group)
  fw.setFlags(row)
end
fw.writeRows()
return 1
