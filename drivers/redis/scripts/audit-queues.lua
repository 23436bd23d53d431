-- Each queue's counters and settings. ARGV: audit, cursor. Queues that do not add up are suspects, and their lists are noted.
--- include recount

local function correct(row)
  row.changed, row.sooner = true, true
  repaired = repaired + 1
end

-- In two places, so that reserves and beats each find it in one.
local function checkPaused(row)
  local paused = call('SISMEMBER', P .. 'paused', row.name) == 1
  if paused == (row.paused and true or false) then return end
  call('SADD', P .. 'paused', row.name)
  call('HSET', row.key, 'paused', 1)
  row.paused = '1'
  correct(row)
end

local function check(name)
  local row, due = queueOf(name), P .. 'due:' .. name
  promote(row, 1000)
  if call('ZCOUNT', due, '-inf', startedAt) > 0 then return nil end
  local lost = not row.known
  if lost then correct(row) end
  checkPaused(row)
  local flags = row.flags
  setFlags(row)
  if row.flags ~= flags then correct(row) end
  -- Newcomers begin where the turns are.
  local first = call('ZRANGE', P .. 'ring:' .. name, 0, 0, 'WITHSCORES')[2]
  row.vt = max(row.vt, tonumber(first or 0))
  local unsteady = recountRunning(row)
  local short, lines, groups = recountReady(row)
  if unsteady or short then correct(row) end
  local ended = call('EXISTS', P .. 'done:' .. name, P .. 'dead:' .. name, P .. 'cancelled:' .. name, P .. 'quarantined:' .. name)
  if lost or unsteady or short or (ended > 0 and call('EXISTS', P .. 'ends') == 0) then suspect(row) end
  if noted('suspects', name) then
    lines[#lines + 1] = '!\3'
    for _, line in ipairs(lines) do call('RPUSH', notes .. ':lines', line .. '\3' .. name .. '\3' .. '0') end
    call('PEXPIRE', notes .. ':lines', keptMs)
  end
  if call('EXISTS', P .. 'uniq:' .. name) == 1 then note('keyed', name) end
  return 10 + groups
end

return report(eachQueue(ARGV[2], check))
