-- What limits a queue and some of its groups, and how much of it is used. ARGV: queue, groups. Answers the time, of the queue its settings
-- (JSON or ''), state, number of jobs that run and until when it is frozen, the settings of all groups, and of each group its own settings,
-- state, how many run ('' where nobody counts) and until when it is frozen.
--- include line
--- include limits

local row = fw.queueOf(ARGV[1])
local raw = call('HMGET', row.key, 'limq', 'limg')
local groups = {}
for i = 2, #ARGV do groups[i - 1] = ARGV[i] end

-- Nothing is kept of a group that nothing has ever bound.
function fw.each(flag, key)
  if #groups == 0 or not fw.has(row, flag) then return {} end
  return call('HMGET', P .. key .. row.name, unpack(groups))
end

local own, states, running = fw.each('l', 'lg:'), fw.each('p', 'tb:'), fw.each('c', 'run:')
local frozen = #groups > 0 and fw.has(row, 'f') and call('ZMSCORE', P .. 'frozen:' .. row.name, unpack(groups)) or {}
local answer = { now, raw[1] or '', row.tb or '', row.running, row.frozen, raw[2] or '' }
for i = 1, #groups do
  local at = #answer
  answer[at + 1], answer[at + 2] = own[i] or '', states[i] or ''
  answer[at + 3], answer[at + 4] = running[i] or (fw.has(row, 'c') and 0 or ''), frozen[i] or 0
end
return answer
