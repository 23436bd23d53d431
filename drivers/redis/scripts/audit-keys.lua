-- Unique keys that nobody holds, sessions that count wrong. ARGV: audit, cursor (of the first queue that has keys).
--- include audit

function fw.isHeld(text)
  local id, untilMs = string.match(text, '^(.-)\n(%d+)$')
  if id then return true end
  return call('HEXISTS', P .. 'jobs', text) == 1 and call('HEXISTS', P .. 'ends', text) == 0
end

local name = call('SRANDMEMBER', notes .. ':keyed')
local _, at = string.match(ARGV[2], '^(.*)\3(%d+)$')
if at then name = string.match(ARGV[2], '^(.*)\3') end
if name then
  local holders = P .. 'uniq:' .. name
  local scan = call('HSCAN', holders, at or '0', 'COUNT', 500)
  for i = 1, #scan[2], 2 do
    if not fw.isHeld(scan[2][i + 1]) then
      call('HDEL', holders, scan[2][i])
      repaired = repaired + 1
    end
  end
  if scan[1] ~= '0' then return fw.report(name .. '\3' .. scan[1]) end
  call('SREM', notes .. ':keyed', name)
  return fw.report('more')
end

for _, session in ipairs(fw.sessionsWithLoans()) do
  local held, count = P .. 'held:' .. session, 0
  fw.eachLoan(session, function(_, bits)
    local _, some = string.gsub(bits, '1', '')
    count = count + some
  end)
  if count ~= tonumber(call('HGET', held, 'n') or 0) then
    call('HSET', held, '_', long, 'n', count)
    repaired = repaired + 1
  end
end

for _, kind in ipairs({ '', ':suspects', ':done', ':listed', ':lines', ':seen', ':finished', ':keyed' }) do
  call('UNLINK', notes .. kind)
end
fw.writeRows()
return { '', checked, repaired }
