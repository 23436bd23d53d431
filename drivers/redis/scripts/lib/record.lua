-- What stands before a body: `pos,enqueuedAt,due|[queue,name,priority,group,unique,…]` and a line feed. It never changes.
-- A group is written `+name`, none `-`; unique is 0 or [key, mode, forMs].
--- include base

function fw.headOf(record)
  local pos, at, due, rest = string.match(record, '^(%d+),(%d+),(%d+)|(%[[^\n]*)')
  if not pos then
    error({ err = 'FW_STORE_CORRUPT ' .. P .. 'jobs holds what is no job of ours: ' .. string.sub(record, 1, 40) })
  end
  local head = cjson.decode(rest)
  return {
    pos = pos, at = tonumber(at), due = tonumber(due), queue = head[1], name = head[2], priority = head[3],
    group = head[4], unique = head[5] ~= 0 and head[5] or nil,
  }
end

-- What changes of a job that has been taken before: `attempts,crashes,readyAt,startedAt,back|error`; back is 1 while it
-- stands among those that go before the ones never taken.
function fw.moreOf(text)
  if not text then return { attempts = 0, crashes = 0, ready = 0, started = 0, back = false } end
  local attempts, crashes, ready, started, back, err = string.match(text, '^(%d+),(%d+),(%d+),(%d+),(%d)(.*)$')
  return {
    attempts = tonumber(attempts), crashes = tonumber(crashes), ready = tonumber(ready), started = tonumber(started),
    back = back == '1', error = err ~= '' and string.sub(err, 2) or nil,
  }
end

function fw.moreText(more)
  local text = string.format('%.0f,%.0f,%.0f,%.0f,%d', more.attempts, more.crashes, more.ready, more.started, more.back and 1 or 0)
  if more.error then return text .. '|' .. more.error end
  return text
end

-- An entry of a list is the id, marked where the job has a unique key: who is asked whether it runs finds it in `urun`.
function fw.entryOf(id, unique)
  if unique then return '\2' .. id end
  return id
end
