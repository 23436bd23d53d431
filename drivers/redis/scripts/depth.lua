-- How full queues are. ARGV: their names. Of each: ready, delayed, running, done, dead, cancelled, quarantined, paused, and
-- for how long its oldest ready job has been ready ('' when none is): exact without groups, of the first groups with them.
--- include line

local groupsMost = 20

function fw.readySince(id)
  local record = call('HGET', P .. 'jobs', id)
  if not record then return nil end
  local at, due = string.match(record, '^%d+,(%d+),(%d+)')
  local more = fw.moreOf(call('HGET', P .. 'more', id))
  return more.ready > 0 and more.ready or fw.max(tonumber(at), tonumber(due))
end

function fw.oldestOf(row)
  local oldest = nil
  local groups = call('ZRANGE', P .. 'ring:' .. row.name, 0, groupsMost - 1)
  for _, group in ipairs(call('ZRANGE', P .. 'wait:' .. row.name, 0, groupsMost - 1)) do groups[#groups + 1] = group end
  for _, group in ipairs(call('SRANDMEMBER', P .. 'cap:' .. row.name, groupsMost)) do groups[#groups + 1] = group end
  for _, group in ipairs(groups) do
    for char in string.gmatch(row.mask, '.') do
      -- The first of a line may be ghosts.
      for _, entry in ipairs(call('LRANGE', fw.lineKey(row, char, group), 0, 3)) do
        local since = fw.readySince(string.byte(entry) == 2 and string.sub(entry, 2) or entry)
        if since then
          oldest = fw.min(oldest or since, since)
          break
        end
      end
    end
  end
  return oldest
end

local answer = {}
for i = 1, #ARGV do
  local name, row = ARGV[i], fw.queueOf(ARGV[i])
  local due = P .. 'due:' .. name
  local oldest = row.ready > 0 and fw.oldestOf(row)
  -- Those whose time has come are ready, before the next reserve lines them up.
  local over = call('ZCOUNT', due, '-inf', now)
  if over > 0 then oldest = fw.min(oldest or now, tonumber(call('ZRANGE', due, 0, 0, 'WITHSCORES')[2])) end
  answer[i] = {
    row.ready + over, call('ZCARD', due) - over, row.running, call('LLEN', P .. 'done:' .. name),
    call('ZCARD', P .. 'dead:' .. name), call('ZCARD', P .. 'cancelled:' .. name), call('ZCARD', P .. 'quarantined:' .. name),
    row.paused and 1 or 0,
    oldest and tostring(fw.max(0, now - oldest)) or '',
  }
end
return answer
