-- Where the jobs of some states stand beside the journal. ARGV: states (JSON), queue (all of them without). Answers state, queue,
-- line and how many stand there, of each place that holds something; one `many` where the places themselves are too many to be
-- looked through.
--- include line
--- include inflight

local queuesMost, groupsMost, shelvesMost = 500, 100, 1000
local answer, shelves = {}, {}

function fw.shelf(state, name, line, count)
  if count == 0 then return end
  for _, part in ipairs({ state, name, line, count }) do answer[#answer + 1] = part end
end

-- Those whose time has come, too, until a reserve lines them up.
function fw.shelfOfDue(name)
  fw.shelf('delayed', name, '', call('ZCARD', P .. 'due:' .. name))
end

function fw.groupsIn(name)
  local groups = call('ZRANGE', P .. 'ring:' .. name, 0, groupsMost)
  for _, group in ipairs(call('ZRANGE', P .. 'wait:' .. name, 0, groupsMost)) do groups[#groups + 1] = group end
  for _, group in ipairs(call('SRANDMEMBER', P .. 'cap:' .. name, groupsMost)) do groups[#groups + 1] = group end
  return groups
end

function shelves.ready(name)
  local row = fw.queueOf(name)
  if row.ready == 0 then return end
  local groups = fw.groupsIn(name)
  if #groups > groupsMost then return 'many' end
  for _, group in ipairs(groups) do
    for char in string.gmatch(row.mask, '.') do
      fw.shelf('ready', name, char .. group, call('LLEN', fw.lineKey(row, char, group)))
    end
  end
end

function shelves.running(name)
  fw.shelf('running', name, '', tonumber(call('HGET', P .. 'n:' .. name, 'running') or 0))
end

function shelves.done(name)
  fw.shelf('done', name, '', call('LLEN', P .. 'done:' .. name))
end

for _, state in ipairs({ 'dead', 'cancelled', 'quarantined' }) do
  shelves[state] = function(name) fw.shelf(state, name, '', call('ZCARD', P .. state .. ':' .. name)) end
end

local states, queue = cjson.decode(ARGV[1]), ARGV[2]
if not queue and call('SCARD', P .. 'queues') > queuesMost then return { 'many' } end
for _, name in ipairs(queue and { queue } or call('SMEMBERS', P .. 'queues')) do
  local waits = false
  for _, state in ipairs(states) do
    waits = waits or state == 'ready' or state == 'delayed'
    if shelves[state] and shelves[state](name) == 'many' or #answer > 4 * shelvesMost then return { 'many' } end
  end
  if waits then fw.shelfOfDue(name) end
end
return answer
