-- Jobs as they stand in a stream: an entry of named fields, which any tool can write and read. `sealed` is a body of ours, `body` plain
-- JSON of anybody's; what is left out is 0, none, or the default.
--- include base

local group = 'fiber-work'
local order = {
  'id', 'name', 'sealed', 'body', 'priority', 'group', 'unique', 'tags', 'headers', 'enqueuedAt', 'dueAt', 'attempts', 'crashes',
  'startedAt', 'error', 'reason', 'failures', 'result',
}

function fw.queueKey(queue)
  return P .. 'queue:' .. queue
end

-- Whoever gave no id has one by where it stands.
function fw.idAt(queue, entry)
  return queue .. ':' .. entry
end

-- The fields of an entry by their names. `enqueuedAt` and `id` are there even where nobody wrote them.
function fw.jobOf(queue, entry, fields)
  local job = {}
  for i = 1, #fields, 2 do job[fields[i]] = fields[i + 1] end
  job.id = job.id or fw.idAt(queue, entry)
  job.enqueuedAt = job.enqueuedAt or string.match(entry, '^%d+')
  return job
end

-- The other way.
function fw.fieldsOf(job)
  local fields = {}
  for _, name in ipairs(order) do
    if job[name] then
      fields[#fields + 1] = name
      fields[#fields + 1] = job[name]
    end
  end
  return fields
end

function fw.uniqueOf(job)
  return job.unique and cjson.decode(job.unique) or nil
end

-- One more, or one less, of what is counted.
function fw.count(job, name, by)
  local value = tonumber(job[name] or 0) + by
  job[name] = value > 0 and string.format('%.0f', value) or nil
end

-- The entry, or nothing.
function fw.entryAt(key, entry)
  return call('XRANGE', key, entry, entry)[1]
end

-- How many entries of a stream are on loan, and the last one that was lent.
function fw.groupOf(key)
  local groups = redis.pcall('XINFO', 'GROUPS', key)
  for _, info in ipairs(groups.err and {} or groups) do
    if info[2] == group then return info[6], info[8] end
  end
  return 0, '0-0'
end
