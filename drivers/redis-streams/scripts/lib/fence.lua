-- Which entries a session holds: the list of pending entries says so, whatever anybody believes.
--- include places

-- One by one up to here; more than that in one look at their range, which may pass over as many others.
local singly = 8

-- `first` and `last` are the least and the greatest of the entries, or about.
function fw.held(queue, session, entries, first, last)
  local holds = {}
  if #entries > singly then
    local pending = redis.pcall('XPENDING', fw.queueKey(queue), group, first, last, 2 * #entries, session)
    for _, one in ipairs(pending.err and {} or pending) do holds[one[1]] = true end
  end
  for _, entry in ipairs(entries) do
    if not holds[entry] then holds[entry] = fw.holderOfEntry(queue, entry) == session end
  end
  return holds
end
