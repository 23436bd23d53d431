#!lua flags=allow-oom
-- Take jobs on loan. ARGV: session, lane, seq, limit, bell ('' asks once), waitMs, whether a single job may be handed over
-- ('1'), then queue and limit of each demand.
--- include calls
--- include lend

local session = ARGV[1]
local held = P .. 'held:' .. session

local before = fw.recall('reserve')
if before then
  if type(before) == 'table' then return before.refused end
  local loans = {}
  for number in string.gmatch(before, '%d+') do
    local text = call('HGET', held, 'i' .. number)
    if text then
      local queue, at, ids = string.match(text, '^(.-)\t(%d+)\n(.*)$')
      local list = {}
      for id in string.gmatch(ids, '[^\n]+') do list[#list + 1] = id end
      loans[#loans + 1] = fw.loanOf(tonumber(number), queue, at, list, ids, fw.fields(P .. 'jobs', list), call('HGET', held, 'm' .. number))
    end
  end
  return { startedAt, {}, '', 0, unpack(loans) }
end
if not call('ZSCORE', P .. 'sessions', session) then return 'REVOKED' end

local wanted = {}
for i = 8, #ARGV do wanted[i - 7] = ARGV[i] end
local lent = fw.lend(session, wanted, tonumber(ARGV[4]))
local bell = ARGV[5]

if #lent.loans == 0 and #lent.broken == 0 and bell ~= '' then
  local waiters = 0
  -- Nothing: whoever brings something rings. What nobody hears any more is forgotten.
  for i = 1, #wanted, 2 do
    local idle = P .. 'idle:' .. wanted[i]
    call('ZREMRANGEBYSCORE', idle, '-inf', '(' .. now)
    call('ZADD', idle, now + tonumber(ARGV[6]), bell .. ' ' .. session)
    call('PEXPIRE', idle, tonumber(ARGV[6]) + 60000)
    waiters = fw.max(waiters, call('ZCARD', idle))
  end
  -- Nothing is given to who waits for a single shard: he may take from another one.
  if ARGV[7] == '1' then call('HSET', held, 'waits', ARGV[2] .. ' ' .. ARGV[3]) end
  fw.writeRows()
  return { startedAt, {}, lent.wake < math.huge and tostring(fw.max(0, lent.wake - now)) or '', waiters }
end
fw.remember('reserve', table.concat(lent.numbers, ','))
fw.writeRows()
return { startedAt, lent.broken, '', 0, unpack(lent.loans) }
