-- Each queue's counters and settings. ARGV: audit, cursor. Queues that do not add up are suspects, and their lists are noted.
--- include recount

function fw.correct(row)
  row.changed, row.sooner = true, true
  repaired = repaired + 1
end

-- In two places, so that reserves and beats each find it in one.
function fw.checkPaused(row)
  local paused = call('SISMEMBER', P .. 'paused', row.name) == 1
  if paused == (row.paused and true or false) then return end
  call('SADD', P .. 'paused', row.name)
  call('HSET', row.key, 'paused', 1)
  row.paused = '1'
  fw.correct(row)
end

function fw.check(name)
  local row, due = fw.queueOf(name), P .. 'due:' .. name
  fw.promote(row, 1000)
  if call('ZCOUNT', due, '-inf', auditedAt) > 0 then return nil end
  local lost = not row.known
  if lost then fw.correct(row) end
  fw.checkPaused(row)
  local flags = row.flags
  fw.setFlags(row)
  if row.flags ~= flags then fw.correct(row) end
  -- Newcomers begin where the turns are.
  local first = call('ZRANGE', P .. 'ring:' .. name, 0, 0, 'WITHSCORES')[2]
  row.vt = fw.max(row.vt, tonumber(first or 0))
  local unsteady = fw.recountRunning(row)
  local short, lines, groups = fw.recountReady(row)
  if unsteady or short then fw.correct(row) end
  local ended = call('EXISTS', P .. 'done:' .. name, P .. 'dead:' .. name, P .. 'cancelled:' .. name, P .. 'quarantined:' .. name)
  if lost or unsteady or short or (ended > 0 and call('EXISTS', P .. 'ends') == 0) then fw.suspect(row) end
  if fw.noted('suspects', name) then
    lines[#lines + 1] = '!\3'
    for _, line in ipairs(lines) do call('RPUSH', notes .. ':lines', line .. '\3' .. name .. '\3' .. '0') end
    call('PEXPIRE', notes .. ':lines', notedMs)
  end
  if call('EXISTS', P .. 'uniq:' .. name) == 1 then fw.note('keyed', name) end
  return 10 + groups
end

return fw.report(fw.eachQueue(ARGV[2], fw.check))
