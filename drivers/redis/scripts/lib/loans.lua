-- What a session holds: of each loan a string with a 1 for each job that is not settled, and beside it `queue\tstartedAt`
-- and the ids, a line each.
--- include line

local held, loans, returned
-- Of a session that is over: what it was told of its loans is kept, and answered again.
local over

function begin.loans()
  held, loans, returned, over = P .. 'held:' .. args[1], {}, 0, false
end

function fw.loanAt(number)
  local loan = loans[number]
  if loan == nil then
    local bits = call('HGET', held, 'b' .. number)
    loan = bits and { bits = bits, changed = false } or false
    loans[number] = loan
  end
  return loan
end

-- The jobs at these places of a loan are on loan no more; false, and nothing changes, when not all of them were.
function fw.clear(loan, place, count)
  if not loan then return false end
  local held_ = string.sub(loan.bits, place + 1, place + count)
  if #held_ < count or string.find(held_, '0', 1, true) then return false end
  loan.bits = string.sub(loan.bits, 1, place) .. string.rep('0', count) .. string.sub(loan.bits, place + count + 1)
  loan.changed = true
  returned = returned + count
  return true
end

function fw.writeLoans()
  for number, loan in pairs(loans) do
    if loan and loan.changed then
      if string.find(loan.bits, '1', 1, true) then call('HSET', held, 'b' .. number, loan.bits)
      elseif over then call('HDEL', held, 'b' .. number)
      else call('HDEL', held, 'b' .. number, 'i' .. number) end
    end
  end
  if returned > 0 then call('HINCRBY', held, 'n', -returned) end
end

-- Of this loan: its queue, when it was taken, and the ids.
function fw.detailsOf(number)
  local queue, startedAt, text = string.match(call('HGET', held, 'i' .. number), '^(.-)\t(%d+)\n(.*)$')
  local ids = {}
  for id in string.gmatch(text, '[^\n]+') do ids[#ids + 1] = id end
  return queue, tonumber(startedAt), ids
end

-- Jobs of these groups run no more: whoever stood at a cap may go on.
function fw.leaveRunning(row, groups, count)
  row.running = row.running - count
  row.changed = true
  row.stirred = true
  if not fw.has(row, 'c') then return end
  for group, left in pairs(groups) do
    if call('HINCRBY', P .. 'run:' .. row.name, group, -left) <= 0 then call('HDEL', P .. 'run:' .. row.name, group) end
    if call('SREM', P .. 'cap:' .. row.name, group) == 1 then fw.join(row, group) end
  end
end
