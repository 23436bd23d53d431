-- Which entries a session holds: the list of pending entries says so, whatever anybody believes.
--- include places

-- One by one up to here, and more than that in pages.
local singly, page = 8, 1000

-- `first` and `last` are the least and the greatest of the entries.
function fw.held(queue, session, entries, first, last)
  local holds = {}
  if #entries <= singly then
    for _, entry in ipairs(entries) do holds[entry] = fw.holderOfEntry(queue, entry) == session end
    return holds
  end
  local key, from, left = fw.queueKey(queue), first, #entries
  while left > 0 do
    local pending = redis.pcall('XPENDING', key, group, from, last, fw.min(page, left + singly), session)
    if pending.err or #pending == 0 then break end
    for _, one in ipairs(pending) do holds[one[1]] = true end
    left = left - #pending
    from = '(' .. pending[#pending][1]
  end
  -- Those that stand far apart.
  for _, entry in ipairs(left <= 0 and entries or {}) do
    if holds[entry] == nil then holds[entry] = fw.holderOfEntry(queue, entry) == session end
  end
  return holds
end
