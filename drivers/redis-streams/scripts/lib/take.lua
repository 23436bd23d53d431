-- Take jobs out of their streams. The pending entries of a consumer are the loans of its session: an entry is lent once, and a job that comes
-- back is a new entry; so an entry's id is the number of the loan.
--- include foreign

-- What nobody has taken yet. The group is made when somebody asks first, and begins with the oldest entry.
function fw.read(queue, session, count)
  local key = fw.queueKey(queue)
  local got = redis.pcall('XREADGROUP', 'GROUP', group, session, 'COUNT', count, 'STREAMS', key, '>')
  if got and got.err then
    if call('EXISTS', key) == 0 then return {} end
    if string.find(got.err, 'NOGROUP') then call('XGROUP', 'CREATE', key, group, '0') end
    fw.nameQueue(queue)
    got = call('XREADGROUP', 'GROUP', group, session, 'COUNT', count, 'STREAMS', key, '>')
  end
  return got and got[1][2] or {}
end

-- The id in the fields of an entry.
function fw.idIn(queue, entry, fields)
  if fields[1] == 'id' then return fields[2] end
  for i = 3, #fields, 2 do
    if fields[i] == 'id' then return fields[i + 1] end
  end
  return fw.idAt(queue, entry)
end

-- Entries of ours stand where we have noted; all others are looked at.
function fw.sound(queue, entries)
  local ids, strangers = {}, false
  for i, entry in ipairs(entries) do ids[i] = fw.idIn(queue, entry[1], entry[2]) end
  local places = fw.fields(P .. 'ids', ids)
  for i, entry in ipairs(entries) do
    local place = 'q ' .. entry[1] .. ' ' .. queue
    strangers = strangers or places[i] ~= place
    if places[i] ~= place and fresh[ids[i]] ~= place then ids[i] = fw.admit(queue, entry[1], entry[2]) end
  end
  if not strangers then return entries end
  local sound = {}
  for i, entry in ipairs(entries) do
    if ids[i] then sound[#sound + 1] = entry end
  end
  return sound
end

-- At most `count` jobs of a queue, on loan to the session.
function fw.take(queue, session, count)
  local taken = {}
  while #taken < count do
    local entries = fw.read(queue, session, count - #taken)
    if #entries == 0 then break end
    local sound = fw.sound(queue, entries)
    if #taken == 0 then taken = sound
    else for _, entry in ipairs(sound) do taken[#taken + 1] = entry end end
    if #sound == #entries then break end
  end
  return taken
end
