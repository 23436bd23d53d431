-- A queue's row, read once a script and written once at its end. Its flags: `p` groups may be parked, `f` groups may be
-- frozen, `c` jobs that run are counted a group, `l` groups have limits of their own,
-- `u` jobs had unique keys.
--- include base

local rows, touched

function begin.queue()
  rows, touched = {}, {}
end

function fw.queueOf(name)
  local row = rows[name]
  if row then return row end
  local key = P .. 'n:' .. name
  local f = call('HMGET', key, 'mask', 'vt', 'ready', 'running', 'flags', 'paused', 'frozen', 'limq', 'limg', 'tb', 'keep')
  row = {
    name = name, key = key, known = f[1] and true, mask = f[1] or '', vt = tonumber(f[2] or 0), ready = tonumber(f[3] or 0),
    running = tonumber(f[4] or 0), flags = f[5] or '', paused = f[6], frozen = tonumber(f[7] or 0),
    lim = { q = f[8] and cjson.decode(f[8]) or nil, g = f[9] and cjson.decode(f[9]) or nil },
    tb = f[10], keep = f[11], stirred = false, changed = false,
  }
  rows[name] = row
  touched[#touched + 1] = row
  return row
end

function fw.has(row, flag)
  return string.find(row.flags, flag, 1, true) ~= nil
end

function fw.flag(row, name)
  if fw.has(row, name) then return end
  row.flags = row.flags .. name
  row.changed = true
end

-- Somebody who waits for this queue may find something now: tell as many as could be busy with it.
function fw.ring(row, most)
  local idle = P .. 'idle:' .. row.name
  local waiters = call('ZPOPMAX', idle, most)
  for i = 1, #waiters, 2 do
    if tonumber(waiters[i + 1]) >= now then
      local bell, session = string.match(waiters[i], '^(%S+) (.*)$')
      call('RPUSH', P .. bell, session)
      call('PEXPIRE', P .. bell, 60000)
    end
  end
end

function fw.writeRows()
  for _, row in ipairs(touched) do
    if row.changed then
      if not row.known then
        call('SADD', P .. 'queues', row.name)
        call('HSET', row.key, '_', long)
      end
      call('HSET', row.key, 'mask', row.mask, 'vt', row.vt, 'ready', row.ready, 'running', row.running,
        'flags', row.flags, 'tb', row.tb or '')
    end
    -- Stirred: what is ready may be taken now. Sooner: those who wait may have to wake earlier than they thought.
    if row.sooner or row.stirred and row.ready > 0 then fw.ring(row, fw.min(3, fw.max(1, row.ready))) end
  end
end
