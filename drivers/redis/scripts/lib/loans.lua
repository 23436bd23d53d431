-- What a session holds: of each loan a string with a 1 for each job that is not settled, and beside it `queue\tstartedAt`
-- and the ids, a line each.
--- include line

local held = P .. 'held:' .. ARGV[1]
local loans, returned = {}, 0

local function loanAt(number)
  local loan = loans[number]
  if loan == nil then
    local bits = call('HGET', held, 'b' .. number)
    loan = bits and { bits = bits, cleared = {}, count = 0 } or false
    loans[number] = loan
  end
  return loan
end

-- The job at this place of a loan is on loan no more; false when it was not.
local function clear(loan, place)
  if not loan or loan.cleared[place] or string.byte(loan.bits, place + 1) ~= 49 then return false end
  loan.cleared[place] = true
  loan.count = loan.count + 1
  returned = returned + 1
  return true
end

local function writeLoans()
  for number, loan in pairs(loans) do
    if loan and loan.count > 0 then
      local left = nil
      if loan.count < #loan.bits then
        local bytes = { string.byte(loan.bits, 1, -1) }
        for place in pairs(loan.cleared) do bytes[place + 1] = 48 end
        left = string.char(unpack(bytes))
      end
      if left and string.find(left, '1', 1, true) then call('HSET', held, 'b' .. number, left)
      else call('HDEL', held, 'b' .. number, 'i' .. number) end
    end
  end
  if returned > 0 then call('HINCRBY', held, 'n', -returned) end
end

-- Of this loan: its queue, when it was taken, and the ids.
local function detailsOf(number)
  local queue, startedAt, text = string.match(call('HGET', held, 'i' .. number), '^(.-)\t(%d+)\n(.*)$')
  local ids = {}
  for id in string.gmatch(text, '[^\n]+') do ids[#ids + 1] = id end
  return queue, tonumber(startedAt), ids
end

-- Jobs of these groups run no more: whoever stood at a cap may go on.
local function leaveRunning(row, groups, count)
  row.running = row.running - count
  row.changed = true
  row.stirred = true
  if not has(row, 'c') then return end
  for group, left in pairs(groups) do
    if call('HINCRBY', P .. 'run:' .. row.name, group, -left) <= 0 then call('HDEL', P .. 'run:' .. row.name, group) end
    if call('SREM', P .. 'cap:' .. row.name, group) == 1 then join(row, group) end
  end
end
