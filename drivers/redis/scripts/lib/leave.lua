-- Jobs that go: from their queue before they began, or for good.
--- include line
--- include journal

-- A job that has not begun leaves its queue.
local function takeOut(row, id, record)
  local head = headOf(record)
  local char, entry = charOf(head.priority, false), entryOf(id, head.unique)
  local more = moreOf(call('HGET', P .. 'more', id))
  local gone = call('ZREM', P .. 'due:' .. row.name, dueMember(char, head.group, head.pos, entry)) == 1
  if not gone then
    row.ready = row.ready - 1
    row.changed = true
    char = charOf(head.priority, more.back)
    call('HINCRBY', P .. 'ghost:' .. row.name, ghostField(char, head.group, id), 1)
  end
  return head
end

-- Nothing remembers these jobs from here on.
local function forget(ids)
  for _, key in ipairs({ 'jobs', 'ends', 'more', 'progress', 'cancelling' }) do
    if key == 'jobs' or call('EXISTS', P .. key) == 1 then all('HDEL', P .. key, ids) end
  end
  leaveJournal(ids)
end
