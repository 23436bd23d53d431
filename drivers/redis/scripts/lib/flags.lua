-- What is counted only while limits need it.
--- include line
--- include inflight

-- How many jobs of each group of a queue run, from the loans of all sessions.
function fw.countRunning(name)
  local counts = {}
  for _, session in ipairs(fw.sessionsWithLoans()) do
    fw.eachLoan(session, function(_, bits, text)
      local queue, ids = string.match(text, '^(.-)\t%d+\n(.*)$')
      if queue ~= name then return end
      local place, wanted = 0, {}
      for id in string.gmatch(ids, '[^\n]+') do
        place = place + 1
        if string.byte(bits, place) == 49 then wanted[#wanted + 1] = id end
      end
      for _, record in ipairs(fw.fields(P .. 'jobs', wanted)) do
        local group = record and fw.headOf(record).group or '-'
        counts[group] = (counts[group] or 0) + 1
      end
    end)
  end
  return counts
end

-- What the scripts have to look at in this queue. Counting begins with what runs now.
function fw.setFlags(row)
  local frozen = call('ZCARD', P .. 'frozen:' .. row.name) > 0
  local own = call('EXISTS', P .. 'lg:' .. row.name) == 1
  local caps = (row.lim.g and row.lim.g.concurrencyMax) or tonumber(call('HGET', row.key, 'caps') or 0) > 0
  local counted = fw.has(row, 'c')
  local flags = ((row.lim.g or own or frozen) and 'p' or '') .. (frozen and 'f' or '') .. (own and 'l' or '') .. (caps and 'c' or '')
    .. (fw.has(row, 'u') and 'u' or '')
  row.flags, row.changed = flags, true
  local run = P .. 'run:' .. row.name
  if not caps then call('DEL', run) end
  if not caps or counted then return end
  for group, count in pairs(fw.countRunning(row.name)) do call('HSET', run, group, count) end
end
