-- The journal lists every job in the order in which it came, so that one can look at the newest first. Ids stay in it when
-- their jobs go, so it is cut at its old end while more than half of it is gone; the few that still live there move to `old`.
--- include base

-- Who has gone in this call, and has not come again.
local gone, goneCount

function begin.journal()
  gone, goneCount = {}, 0
end

function fw.isThere(id)
  gone[id] = nil
end

-- Where jobs go in about the order in which they came, those that go stand at the old end, and need not be looked up again.
local goneLeast = 32

function fw.cutGone()
  local heads, others = call('LRANGE', P .. 'log', 0, goneCount - 1), {}
  gone[''] = true
  for _, id in ipairs(heads) do
    if not gone[id] then others[#others + 1] = id end
  end
  if #others > #heads / 2 then return end
  for i, record in ipairs(fw.fields(P .. 'jobs', others)) do gone[others[i]] = not record end
  local count = 0
  while count < #heads and gone[heads[count + 1]] do count = count + 1 end
  if count == 0 then return end
  call('LTRIM', P .. 'log', count, -1)
  call('HINCRBY', P .. 'n', 'base', count)
end

-- Each call cuts a little more than it adds; calls of a few jobs leave it to one in sixteen of them.
function fw.cutJournal(jobs)
  if goneCount >= goneLeast then fw.cutGone() end
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
  for _, id in ipairs(ids) do gone[id] = true end
  goneCount = goneCount + #ids
  if call('EXISTS', P .. 'old') == 1 then fw.all('ZREM', P .. 'old', ids) end
end
