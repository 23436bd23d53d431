-- Settled jobs start over, delayed ones are ready now. ARGV: ids. Answers a letter of each: r(etried), w(aiting), x (runs),
-- d(uplicate: another job holds its key), u(nknown); fewer than ids when the rest is for another call.
--- include unique
--- include act

-- To the end of the line of those never taken.
function fw.startNow(row, id, head, more)
  more.ready, more.back = now, false
  call('HSET', P .. 'more', id, fw.moreText(more))
  fw.lineUp(row, fw.charOf(head.priority, false), head.group, { fw.entryOf(id, head.unique) })
end

return fw.actOnEach(ARGV, {
  ended = function(row, id, head, text)
    local unique = head.unique
    if unique then
      local holder = fw.holderOf(row, unique[1])
      if holder and holder ~= id then return 'd' end
      fw.hold(row, unique[1], id, unique[3])
    end
    local looked = fw.leaveEnd(row, id, text)
    call('HDEL', P .. 'ends', id)
    call('HDEL', P .. 'progress', id)
    fw.startNow(row, id, head, fw.moreOf(nil))
    return 'r', looked
  end,
  running = function() return 'x' end,
  waiting = function(row, id, head)
    local member = fw.dueMember(fw.charOf(head.priority, false), head.group, head.pos, fw.entryOf(id, head.unique))
    if call('ZREM', P .. 'due:' .. row.name, member) == 1 then fw.startNow(row, id, head, fw.moreOf(call('HGET', P .. 'more', id))) end
    return 'w'
  end,
})
