-- What every script begins with: the prefix, the clock, and the numbers that both sides know.
-- All functions live in one table, `fw`; what they remember lasts for one call, so each part that remembers something has a
-- function in `begin` that makes it new.
local fw, begin = {}, {}
local P, args, call, time, now

function begin.base(KEYS, ARGV)
  P, args, call = KEYS[1], ARGV, redis.call
  time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Longer than the 64 bytes up to which Redis keeps a small hash as a list that is searched from its front.
local long = '-----------------------------------------------------------------'
-- Lua's stack carries some 8,000 values; a call with pairs takes two a job.
local chunk = 2000

function fw.min(a, b)
  if a < b then return a end
  return b
end

function fw.max(a, b)
  if a > b then return a end
  return b
end

-- One command over many items, a bounded number of arguments at a time.
function fw.all(command, key, items)
  local sum = 0
  for from = 1, #items, chunk do
    sum = sum + call(command, key, unpack(items, from, fw.min(from + chunk - 1, #items)))
  end
  return sum
end

-- The fields of a hash for many names, false where there is none.
function fw.fields(key, names)
  if #names <= chunk then
    if #names == 0 then return {} end
    return call('HMGET', key, unpack(names))
  end
  local found = {}
  for from = 1, #names, chunk do
    for _, value in ipairs(call('HMGET', key, unpack(names, from, fw.min(from + chunk - 1, #names)))) do
      found[#found + 1] = value
    end
  end
  return found
end
