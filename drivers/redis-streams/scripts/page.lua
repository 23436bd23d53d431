-- Some jobs, newest first in each place. ARGV: how many, from behind which position ('' for the newest) in the first place, then queue and place
-- of each: `ready`, `running`, or the letter of another. Answers looks, of each the number of its place and its position
-- there, and the time.
--- include look

local count, from = tonumber(ARGV[1]), ARGV[2]
local looks, marks = {}, {}

function fw.told(look, number, position)
  looks[#looks + 1] = look
  marks[#marks + 1] = { number, position }
end

-- Newest first from behind an entry, not beyond another one.
function fw.backwards(number, letter, queue, newest, oldest, waits)
  local first = from == '' and newest or '(' .. from
  local entries = call('XREVRANGE', fw.keyAt(letter, queue), first, oldest, 'COUNT', count - #looks)
  for i, look in ipairs(fw.looksAt(letter, queue, entries, waits)) do fw.told(look, number, entries[i][1]) end
end

-- A sorted set by its scores; a position is `score member`, and those of the same score are in the order of their letters.
function fw.byScore(number, key)
  local score, member = string.match(from, '^(%S+) (.*)$')
  local same = score and call('ZCOUNT', key, score, score) or 0
  local most = count - #looks + same
  local found = call('ZREVRANGEBYSCORE', key, score or '+inf', '-inf', 'WITHSCORES', 'LIMIT', 0, most)
  for i = 1, #found, 2 do
    local passed = score and tonumber(found[i + 1]) == tonumber(score) and found[i] >= member
    local look = not passed and #looks < count and fw.look(found[i])
    if look then fw.told(look, number, found[i + 1] .. ' ' .. found[i]) end
  end
end

function fw.pageOf(number, queue, place)
  local _, last = fw.groupOf(fw.queueKey(queue))
  if place == 'ready' then fw.backwards(number, 'q', queue, '+', '(' .. last, true)
  elseif place == 'running' then fw.backwards(number, 'q', queue, last, '-')
  elseif place == 'd' then fw.byScore(number, P .. 'due:' .. queue)
  elseif place == 'e' then fw.byScore(number, fw.doneKey(queue))
  else fw.backwards(number, place, queue, '+', '-') end
end

for i = 3, #ARGV, 2 do
  if #looks < count then fw.pageOf((i - 3) / 2, ARGV[i], ARGV[i + 1]) end
  from = ''
end
return { looks, marks, tostring(now) }
