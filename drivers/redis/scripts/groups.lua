-- Groups of a queue that have ready jobs, or jobs that run, some a call. ARGV: queue, where they stand (`ring`, `wait`, `cap`, `run`:
-- the loans), from where ('' at first). Answers where to go on ('' at the end), and each group with the number of its jobs there.
--- include line
--- include inflight

local sliceMost, ghostsMost = 200, 5000
local row, where, from = fw.queueOf(ARGV[1]), ARGV[2], ARGV[3]

-- How many entries of a group's lists are of jobs that have left: not looked at where they are very many.
function fw.ghostsOf()
  local key, counts = P .. 'ghost:' .. row.name, {}
  if call('HLEN', key) > ghostsMost then return counts end
  local f = call('HGETALL', key)
  for i = 1, #f, 2 do
    local group = string.match(f[i], '^.\1(.-)\1')
    counts[group] = (counts[group] or 0) + tonumber(f[i + 1])
  end
  return counts
end

function fw.readyOf(groups)
  local ghosts, answer = fw.ghostsOf(), {}
  for _, group in ipairs(groups) do
    local count = -(ghosts[group] or 0)
    for char in string.gmatch(row.mask, '.') do count = count + call('LLEN', fw.lineKey(row, char, group)) end
    if count > 0 then
      answer[#answer + 1] = group
      answer[#answer + 1] = count
    end
  end
  return answer
end

-- By score, which for a group only grows: nobody is passed over.
function fw.scored(key)
  local score, skip = string.match(from, '^(%S+) (%d+)$')
  local members, groups = call('ZRANGEBYSCORE', key, score or '-inf', '+inf', 'WITHSCORES', 'LIMIT', skip or 0, sliceMost), {}
  for i = 1, #members, 2 do groups[#groups + 1] = members[i] end
  if #groups < sliceMost then return '', groups end
  local last, same = members[#members], 0
  for i = #members, 2, -2 do
    if members[i] ~= last then break end
    same = same + 1
  end
  return last .. ' ' .. string.format('%.0f', same + (same == #groups and last == score and tonumber(skip) or 0)), groups
end

function fw.groupsThere()
  if where == 'cap' then
    local scan = call('SSCAN', P .. 'cap:' .. row.name, from == '' and '0' or from, 'COUNT', sliceMost)
    return scan[1] == '0' and '' or scan[1], scan[2]
  end
  return fw.scored(P .. where .. ':' .. row.name)
end

-- Only the records of those jobs tell their groups; most of them begin alike.
function fw.runningBy(skip)
  local ids, seen = {}, 0
  for _, session in ipairs(fw.sessionsWithLoans()) do
    fw.eachLoan(session, function(_, bits, text)
      if string.match(text, '^(.-)\t') ~= row.name then return end
      local place = 0
      for id in string.gmatch(text, '\n([^\n]*)') do
        place = place + 1
        if string.byte(bits, place) == 49 then
          seen = seen + 1
          if seen > skip and #ids < 1000 then ids[#ids + 1] = id end
        end
      end
    end)
  end
  local counts, known, answer = {}, {}, {}
  for at = 1, #ids, 50 do
    for _, record in ipairs(call('HMGET', P .. 'jobs', unpack(ids, at, fw.min(at + 49, #ids)))) do
      local head = record and string.match(record, '|(%[[^\n]*)')
      if head then
        known[head] = known[head] or cjson.decode(head)[4]
        counts[known[head]] = (counts[known[head]] or 0) + 1
      end
    end
  end
  for group, count in pairs(counts) do
    answer[#answer + 1] = group
    answer[#answer + 1] = count
  end
  return #ids == 1000 and string.format('%.0f', skip + 1000) or '', answer
end

if where == 'run' then
  local next, answer = fw.runningBy(tonumber(from) or 0)
  return { next, unpack(answer) }
end
if where == 'ring' and from == '' then
  row.changed = row.known
  fw.promote(row, 1000)
  fw.writeRows()
end
local next, groups = fw.groupsThere()
return { next, unpack(fw.readyOf(groups)) }
