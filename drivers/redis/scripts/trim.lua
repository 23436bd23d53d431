#!lua flags=allow-oom
-- Forget jobs of a queue that have ended, oldest first, beyond what is to be kept of each state. ARGV: queue, how many at most,
-- count, age, states. Answers how many, and whether there are more.
--- include ended

local row, limit, count, ageMs = fw.queueOf(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local removed = 0

local letters = {}
for letter, outcome in pairs(failures) do letters[outcome] = letter end

local trims, over = {}, {}

function trims.done(most) return fw.trimDone(row, count, ageMs, most) end

function over.done()
  local done = P .. 'done:' .. row.name
  return call('LLEN', done) > count or fw.isDoneOld(call('LINDEX', done, 0), ageMs)
end

for outcome, letter in pairs(letters) do
  trims[outcome] = function(most)
    local beyond = fw.trimFailed(row, letter, count, most)
    return beyond + fw.trimOld(row, letter, ageMs, most - beyond)
  end
  over[outcome] = function()
    local key = fw.failedKey(row, letter)
    return call('ZCARD', key) > count or call('ZCOUNT', key, '-inf', '(' .. string.format('%.0f', now - ageMs)) > 0
  end
end

for i = 5, #ARGV do removed = removed + trims[ARGV[i]](limit - removed) end
local more = false
for i = 5, #ARGV do more = more or over[ARGV[i]]() end
fw.cutJournal(removed + 50)
return { removed, more and 1 or 0 }
