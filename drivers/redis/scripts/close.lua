#!lua flags=allow-oom
-- End a session and give back what it holds, a piece a call. ARGV: session, limit. Answers whether there is more.
--- include back

local session = ARGV[1]
if call('ZREM', P .. 'sessions', session) == 1 then
  -- Should this worker vanish before it has given everything back, the next sweep goes on.
  call('HSET', P .. 's:' .. session, 'closing', 1)
  call('RPUSH', P .. 'dying', session)
  call('HDEL', held, 'waits')
elseif not call('HGET', P .. 's:' .. session, 'closing') then
  return 0
end
over = true
local left = tonumber(ARGV[2])
for _, number in ipairs(fw.loanNumbers()) do
  if left <= 0 then break end
  left = left - fw.takeBack(number, left, nil, nil)
end
fw.writeLoans()
fw.writeRows()
if #fw.loanNumbers() > 0 then return 1 end
call('LREM', P .. 'dying', 1, session)
call('DEL', P .. 's:' .. session)
call('PEXPIRE', held, 3600000)
return 0
