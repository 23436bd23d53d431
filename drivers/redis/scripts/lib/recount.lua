-- What a queue counts, from what it holds.
--- include audit
--- include limits

-- How many jobs of each queue run, from the bits of all loans.
local running

function begin.recount()
  running = nil
end

function fw.runningIn(name)
  if not running then
    running = {}
    for _, session in ipairs(fw.sessionsWithLoans()) do
      fw.eachLoan(session, function(_, bits, text)
        local queue = string.match(text, '^(.-)\t')
        local _, count = string.gsub(bits, '1', '')
        running[queue] = (running[queue] or 0) + count
      end)
    end
  end
  return running[name] or 0
end

-- Ghosts that nobody passes over any more. Long lists are not searched.
local searchedMost_ = 1000

function fw.partsOfGhost(field)
  local char, group, id = string.match(field, '^(.)\1(%+\1"[^\1]*)\1(.*)$')
  if char then return char, group, id end
  return string.match(field, '^(.)\1([-+][^\1]*)\1(.*)$')
end

function fw.layGhosts(row)
  local key, total = P .. 'ghost:' .. row.name, 0
  local f = call('HGETALL', key)
  for i = 1, #f, 2 do
    local char, group, id = fw.partsOfGhost(f[i])
    local count = tonumber(f[i + 1])
    local line = fw.lineKey(row, char, group)
    local length = call('LLEN', line)
    local found = fw.min(count, length)
    if length <= searchedMost_ then
      found = fw.min(count, #call('LPOS', line, id, 'COUNT', 0) + #call('LPOS', line, '\2' .. id, 'COUNT', 0))
    end
    if found < count then
      if found > 0 then call('HSET', key, f[i], found) else call('HDEL', key, f[i]) end
      repaired = repaired + 1
    end
    total = total + found
  end
  return total
end

-- Whoever waits at a cap that he has not reached.
function fw.freeCapped(row)
  for _, group in ipairs(call('SMEMBERS', P .. 'cap:' .. row.name)) do
    local settings = fw.settingsFor(row, group)
    local most = settings and settings.concurrencyMax or math.huge
    if tonumber(call('HGET', P .. 'run:' .. row.name, group) or 0) < most then
      fw.unpark(row, group)
      repaired = repaired + 1
    end
  end
end

function fw.recountRunning(row)
  local count = fw.runningIn(row.name)
  local differs = count ~= row.running
  row.running = count
  if fw.has(row, 'c') then
    local sum, key = 0, P .. 'run:' .. row.name
    for _, some in ipairs(call('HVALS', key)) do sum = sum + tonumber(some) end
    if sum ~= count then
      differs = true
      call('DEL', key)
      for group, some in pairs(fw.countRunning(row.name)) do call('HSET', key, group, some) end
    end
  end
  fw.freeCapped(row)
  return differs
end

-- The ready jobs of all lists, and which lists there are.
function fw.recountReady(row)
  local groups, sum, lines = fw.groupsOf(row), 0, {}
  for _, group in ipairs(groups) do
    for char in string.gmatch(row.mask, '.') do
      local length = call('LLEN', fw.lineKey(row, char, group))
      if length > 0 then
        sum = sum + length
        lines[#lines + 1] = char .. '\3' .. group
      end
    end
  end
  local ready = sum - fw.layGhosts(row)
  local differs = ready ~= row.ready
  row.ready = ready
  return differs, lines, #groups
end
