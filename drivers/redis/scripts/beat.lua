#!lua flags=allow-oom
-- The worker's report, and what it must hear. ARGV: session, renew (1 or 0), about (JSON), unbegun (JSON), then loan, place
-- and value of each progress. Answers alive, held, cancelled receipts, paused queues.
--- include base

local session = ARGV[1]
local paused = call('SMEMBERS', P .. 'paused')
local key, held = P .. 's:' .. session, P .. 'held:' .. session
local lease = call('HGET', key, 'lease')
if not (lease and call('ZSCORE', P .. 'sessions', session)) then return { 0, 0, {}, paused } end
if ARGV[2] == '1' then
  call('ZADD', P .. 'sessions', now + tonumber(lease), session)
  call('HDEL', key, 'accused')
end
call('HSET', key, 'about', ARGV[3], 'unbegun', ARGV[4])

for i = 5, #ARGV, 3 do
  local place = tonumber(ARGV[i + 1])
  local bits = call('HGET', held, 'b' .. ARGV[i])
  if bits and string.byte(bits, place + 1) == 49 then
    local ids, at = call('HGET', held, 'i' .. ARGV[i]), 0
    for id in string.gmatch(string.match(ids, '\n(.*)$'), '[^\n]+') do
      if at == place then call('HSET', P .. 'progress', id, ARGV[i + 2]) end
      at = at + 1
    end
  end
end

-- The few jobs that somebody wants cancelled, whoever runs them.
local cancelled = {}
local wanted = call('HGETALL', P .. 'cancelling')
for i = 2, #wanted, 2 do
  local by, receipt = string.match(wanted[i], '^(%S+) (.*)$')
  if by == session then cancelled[#cancelled + 1] = receipt end
end
return { 1, tonumber(call('HGET', held, 'n') or 0), cancelled, paused }
