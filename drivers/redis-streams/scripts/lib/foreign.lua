-- Entries that somebody else has written: `XADD {fiber-work-streams}:queue:emails * name send body '{}'`. What is no job goes among the dead
-- with the reason, and blocks nobody.
--- include put

-- Nothing runs while a library is loaded: made when it is first asked for.
local fieldNames

function fw.isField(name)
  if not fieldNames then
    fieldNames = {}
    for _, known in ipairs(order) do fieldNames[known] = true end
  end
  return fieldNames[name]
end

-- JSON that Lua can read: the value, or nothing.
function fw.decoded(text)
  local read, value = pcall(cjson.decode, text)
  if read then return value end
end

function fw.isPlain(text, most)
  return #text > 0 and #text <= most and not string.find(text, '%c')
end

function fw.areTexts(list, keyType)
  if type(list) ~= 'table' then return false end
  for key, value in pairs(list) do
    if type(key) ~= keyType or type(value) ~= 'string' then return false end
  end
  return true
end

function fw.areHeaders(list)
  if fw.areTexts(list, 'string') then return true end
  if type(list) ~= 'table' then return false end
  for _, pair in ipairs(list) do
    if not fw.areTexts(pair, 'number') or #pair ~= 2 then return false end
  end
  return true
end

function fw.isUnique(unique)
  return type(unique) == 'table' and type(unique[1]) == 'string' and (unique[2] == 'keep' or unique[2] == 'replace')
    and type(unique[3]) == 'number'
end

-- Lines of `atMs,attempt,"error"`.
function fw.areFailures(text)
  for line in string.gmatch(text .. '\n', '(.-)\n') do
    local told = fw.decoded('[' .. line .. ']')
    if type(told) ~= 'table' or type(told[1]) ~= 'number' or type(told[2]) ~= 'number' or type(told[3]) ~= 'string' then return false end
  end
  return true
end

local counts = { 'enqueuedAt', 'dueAt', 'attempts', 'crashes', 'startedAt' }

-- Each field and what is wrong with it; the first that is wrong is told.
function fw.wrongIn(job)
  if not job.name then return 'it has no name' end
  if not fw.isPlain(job.name, 512) then return 'its name is empty, too long, or has control characters' end
  if #job.id > 512 or string.find(job.id, '[^\32-\126]') then return 'its id is not up to 512 printable ASCII characters' end
  if not (job.body or job.sealed) then return 'it has no body' end
  if job.body and job.sealed then return 'it has a body and a sealed one' end
  if job.body and fw.decoded(job.body) == nil then return 'its body is not JSON' end
  if job.group and not fw.isPlain(job.group, 512) then return 'its group is empty, too long, or has control characters' end
  if job.priority and not string.find(job.priority, '^%d$') then return 'its priority is not a number from 0 to 9' end
  if job.tags and not fw.areTexts(fw.decoded(job.tags), 'number') then return 'its tags are not a JSON array of strings' end
  if job.headers and not fw.areHeaders(fw.decoded(job.headers)) then return 'its headers are not a JSON object of strings' end
  if job.unique and not fw.isUnique(fw.decoded(job.unique)) then return 'its unique is not JSON like ["key","keep",0]' end
  if job.failures and not fw.areFailures(job.failures) then return 'its failures are not lines of time, attempt and error' end
  for _, name in ipairs(counts) do
    if job[name] and not string.find(job[name], '^%d%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?%d?$') then
      return 'its ' .. name .. ' is not a whole number'
    end
  end
end

-- Why it cannot run: nothing when it can.
function fw.refusal(queue, entry, fields, job)
  for i = 1, #fields, 2 do
    if not fw.isField(fields[i]) then
      return 'it has an unknown field "' .. string.sub(fields[i], 1, 64) .. '"; known are ' .. table.concat(order, ' ')
    end
  end
  local wrong = fw.wrongIn(job)
  if wrong then return wrong end
  local letter, at, of = fw.placeOf(job.id)
  local waits = letter and not fw.hasEnded(letter) and not (at == entry and of == queue)
  if waits and fw.isThere(job.id, letter, at, of) then return 'a job with the id ' .. job.id .. ' is there already' end
  local unique = fw.uniqueOf(job)
  local holder = unique and fw.holderOf(queue, unique[1])
  if holder and holder ~= job.id then return 'its unique key is held by ' .. holder end
  if unique then fw.hold(queue, unique[1], job.id, unique[3]) end
end

-- Whether it is a job to lend now. One that is not due yet is put aside, one that cannot run is buried.
function fw.admit(queue, entry, fields)
  local job = fw.jobOf(queue, entry, fields)
  local why = fw.refusal(queue, entry, fields, job)
  local dueAt = not why and tonumber(job.dueAt or 0)
  if dueAt and dueAt <= now then
    fw.putAt(job.id, 'q', entry, queue)
    return true
  end
  call('XACK', fw.queueKey(queue), group, entry)
  call('XDEL', fw.queueKey(queue), entry)
  if dueAt then fw.park(queue, job, dueAt)
  else fw.reject(queue, entry, fields, why) end
  return false
end

-- As it came, so that whoever wrote it finds it again: under an id of its own, since it may have taken another one's.
function fw.reject(queue, entry, fields, why)
  local at = call('XADD', P .. 'dead:' .. queue, '*', 'reason', why, 'entry', entry, unpack(fields, 1, fw.min(#fields, 2000)))
  fw.putAt(fw.idAt(queue, entry), 'x', at, queue)
end
