-- What every script begins with: the prefix, the clock, and the numbers that both sides know.
local P = KEYS[1]
-- All functions live in one table. As locals each would be looked for, by every function that uses it, through all the others:
-- a script with forty of them begins 15 us later.
local fw = {}
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Longer than the 64 bytes up to which Redis keeps a small hash as a list that is searched from its front.
local long = string.rep('-', 65)
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
  for from = 1, #items, chunk do
    call(command, key, unpack(items, from, fw.min(from + chunk - 1, #items)))
  end
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
