-- Queues that hold a job or a setting, some a call. ARGV: cursor. Answers the next cursor ('0' at the end) and names.
--- include base

function fw.holds(name)
  local f = call('HMGET', P .. 'n:' .. name, 'ready', 'running', 'paused', 'rev', 'frozen')
  if tonumber(f[1] or 0) > 0 or tonumber(f[2] or 0) > 0 or f[3] then return true end
  if tonumber(f[4] or 0) > 0 then return true end
  if tonumber(f[5] or 0) > now then return true end
  return call('EXISTS', P .. 'due:' .. name, P .. 'done:' .. name, P .. 'dead:' .. name, P .. 'cancelled:' .. name,
    P .. 'quarantined:' .. name, P .. 'lg:' .. name) > 0
end

local scan = call('SSCAN', P .. 'queues', ARGV[1], 'COUNT', 500)
local names = {}
for _, name in ipairs(scan[2]) do
  if fw.holds(name) then names[#names + 1] = name end
end
return { scan[1], names }
