-- Begin an audit; answers its name. A journal that does not add up is dropped: all jobs of before are put beside it.
--- include audit

local name = string.format('%x-%s', call('HINCRBY', P .. 'n', 'audits', 1), now)
notes = P .. 'audit:' .. name
local pos, base = tonumber(call('HGET', P .. 'n', 'pos') or 0), tonumber(call('HGET', P .. 'n', 'base') or 0)
call('HSET', notes, 'startedAt', now)
if pos ~= base + call('LLEN', P .. 'log') then
  -- No place is given twice: places go on with the clock, which is far beyond any count.
  pos = fw.max(pos, now)
  call('UNLINK', P .. 'log')
  call('HSET', P .. 'n', 'pos', pos, 'base', pos)
  call('HSET', notes, 'journal', 1)
  repaired = repaired + 1
end
call('HSET', notes, 'pos', pos)
return fw.report(name)
