-- Set limits. ARGV: queue, scope (`queue`, `groups`, or a group `+name`, `-`), settings (JSON, '' lifts them), revision.
-- Answers 0 when a newer revision is stored.
--- include flags

local row, scope, text, revision = fw.queueOf(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
if revision < tonumber(call('HGET', row.key, 'rev') or 0) then return 0 end
row.changed, row.sooner = true, true
call('HSET', row.key, 'rev', ARGV[4])

local own, wait, cap = P .. 'lg:' .. row.name, P .. 'wait:' .. row.name, P .. 'cap:' .. row.name
function fw.capped(json) return json and json ~= '' and cjson.decode(json).concurrencyMax and 1 or 0 end

if scope == 'queue' or scope == 'groups' then
  local field = scope == 'queue' and 'limq' or 'limg'
  if text == '' then call('HDEL', row.key, field) else call('HSET', row.key, field, text) end
  if scope == 'groups' then
    row.lim.g = text ~= '' and cjson.decode(text) or nil
    -- Whoever was parked by the old settings asks again under the new ones.
    for _, group in ipairs(call('ZRANGE', wait, 0, -1)) do fw.unpark(row, group) end
    for _, group in ipairs(call('SMEMBERS', cap)) do fw.unpark(row, group) end
  end
else
  local change = fw.capped(text) - fw.capped(call('HGET', own, scope))
  if change ~= 0 then call('HINCRBY', row.key, 'caps', change) end
  if text == '' then call('HDEL', own, scope) else call('HSET', own, scope, text) end
  fw.unpark(row, scope)
end

fw.setFlags(row)
fw.writeRows()
return 1
