-- Settled jobs start over, delayed ones are ready now. ARGV: ids. Answers a letter of each: r(etried), w(aiting), x (runs),
-- d(uplicate: another job holds its key), u(nknown); fewer than ids when the rest is for another call.
--- include unique
--- include act

-- To the end of the line of those never taken.
local function startNow(row, id, head, more)
  more.ready, more.back = now, false
  call('HSET', P .. 'more', id, moreText(more))
  lineUp(row, charOf(head.priority, false), head.group, { entryOf(id, head.unique) })
end

return actOnEach(ARGV, {
  ended = function(row, id, head, text)
    local unique = head.unique
    if unique then
      local holder = holderOf(row, unique[1])
      if holder and holder ~= id then return 'd' end
      hold(row, unique[1], id, unique[3])
    end
    local looked = leaveEnd(row, id, text)
    call('HDEL', P .. 'ends', id)
    call('HDEL', P .. 'progress', id)
    startNow(row, id, head, moreOf(nil))
    return 'r', looked
  end,
  running = function() return 'x' end,
  waiting = function(row, id, head)
    local member = dueMember(charOf(head.priority, false), head.group, head.pos, entryOf(id, head.unique))
    if call('ZREM', P .. 'due:' .. row.name, member) == 1 then startNow(row, id, head, moreOf(call('HGET', P .. 'more', id))) end
    return 'w'
  end,
})
