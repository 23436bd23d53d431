#!lua flags=allow-oom
-- Forget jobs of a queue that have ended, oldest first, beyond what is to be kept of each state. ARGV: queue, how many at most,
-- count, age, states. Answers how many, and whether there are more.
--- include ended

local queue, limit, count, ageMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

function fw.endedTrim(letter)
  local key = fw.keyAt(letter, queue)
  return {
    trim = function(most)
      local beyond = fw.min(call('XLEN', key) - count, most)
      local gone = beyond > 0 and fw.forgetEnded(letter, queue, call('XRANGE', key, '-', '+', 'COUNT', beyond)) or 0
      return gone + fw.forgetOld(letter, queue, ageMs, most - gone)
    end,
    left = function()
      local last = fw.endOfAge(ageMs)
      return call('XLEN', key) > count or last and #call('XRANGE', key, '-', last, 'COUNT', 1) > 0
    end,
  }
end

local states = {
  done = {
    trim = function(most) return fw.trimDone(queue, count, ageMs, most) end,
    left = function()
      local key = fw.doneKey(queue)
      return call('ZCARD', key) > count or call('ZCOUNT', key, '-inf', '(' .. string.format('%.0f', now - ageMs)) > 0
    end,
  },
}
for letter, outcome in pairs(outcomes) do states[outcome] = fw.endedTrim(letter) end

local removed, more = 0, false
for i = 5, #ARGV do removed = removed + states[ARGV[i]].trim(limit - removed) end
for i = 5, #ARGV do more = more or states[ARGV[i]].left() end
return { removed, more and 1 or 0 }
