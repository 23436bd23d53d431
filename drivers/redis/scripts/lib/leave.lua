-- Jobs that go: from their queue before they began, or for good.
--- include line
--- include journal
--- include fails

-- A job that has not begun leaves its queue.
function fw.takeOut(row, id, record)
  local head = fw.headOf(record)
  local char, entry = fw.charOf(head.priority, false), fw.entryOf(id, head.unique)
  local more = fw.moreOf(call('HGET', P .. 'more', id))
  local gone = call('ZREM', P .. 'due:' .. row.name, fw.dueMember(char, head.group, head.pos, entry)) == 1
  if not gone then
    row.ready = row.ready - 1
    row.changed = true
    char = fw.charOf(head.priority, more.back)
    call('HINCRBY', P .. 'ghost:' .. row.name, fw.ghostField(char, head.group, id), 1)
  end
  return head
end

-- Nothing remembers these jobs from here on. `failed`: they ended badly.
function fw.forget(ids, failed)
  for _, key in ipairs({ 'jobs', 'ends', 'progress', 'cancelling' }) do
    if key == 'jobs' or call('EXISTS', P .. key) == 1 then fw.all('HDEL', P .. key, ids) end
  end
  local tried = call('EXISTS', P .. 'more') == 1 and fw.all('HDEL', P .. 'more', ids) or 0
  if failed or tried > 0 then fw.forgetFailures(ids) end
  fw.leaveJournal(ids)
end
