-- Jobs that have ended badly and are kept, in the order in which they ended: the oldest go first.
--- include places

function fw.forgetEnded(letter, queue, entries)
  local key, ids = fw.keyAt(letter, queue), {}
  for _, found in ipairs(entries) do
    local job = fw.jobOf(queue, found[1], found[2])
    local id = job.entry and fw.idAt(queue, job.entry) or job.id
    local _, at = fw.placeOf(id)
    if at == found[1] then ids[#ids + 1] = id end
    call('XDEL', key, found[1])
  end
  fw.forget(ids)
  if #entries > 0 and call('XLEN', key) == 0 then call('DEL', key) end
  return #entries
end

-- The last moment at which one of this age ended, as XRANGE takes it; nothing when there is none.
function fw.endOfAge(ageMs)
  return now - ageMs >= 1 and string.format('%.0f', now - ageMs - 1) or nil
end

function fw.forgetOld(letter, queue, ageMs, most)
  local last = fw.endOfAge(ageMs)
  if not last or most < 1 then return 0 end
  return fw.forgetEnded(letter, queue, call('XRANGE', fw.keyAt(letter, queue), '-', last, 'COUNT', most))
end
