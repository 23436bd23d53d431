-- The journal lists every job in the order in which it came, so that one can look at the newest first. Ids stay in it when
-- their jobs go, so it is cut at its old end while more than half of it is gone; the few that still live there move to `old`.
--- include base

-- Each call cuts a little more than it adds; calls of a few jobs leave it to one in sixteen of them.
function fw.cutJournal(jobs)
  local most = 2 * jobs
  if jobs < 32 then
    if now % 16 ~= 0 then return end
    most = 32 * jobs
  end
  local log, old = P .. 'log', P .. 'old'
  if call('LLEN', log) <= 2 * call('HLEN', P .. 'jobs') + 10000 then return end
  local ids = call('LPOP', log, most)
  local base = call('HINCRBY', P .. 'n', 'base', #ids) - #ids
  local lives = {}
  for i, record in ipairs(fw.fields(P .. 'jobs', ids)) do
    local pos = record and tonumber(string.match(record, '^%d+'))
    if pos == base + i then
      lives[#lives + 1] = pos
      lives[#lives + 1] = ids[i]
    end
  end
  if #lives > 0 then fw.all('ZADD', old, lives) end
end

-- Jobs that are gone leave the part of the journal that is a set; the list forgets by being cut.
function fw.leaveJournal(ids)
  if call('EXISTS', P .. 'old') == 1 then fw.all('ZREM', P .. 'old', ids) end
end
