#!lua flags=allow-oom
-- Waiting jobs are cancelled; of running ones it is noted who must hear of it. ARGV: ids. Answers a letter of each:
-- c(ancelled), l(ater: it runs), s(ettled already), u(nknown).
--- include unique
--- include act

return fw.actOnEach(ARGV, {
  ended = function() return 's' end,
  running = function(id, loan)
    call('HSET', P .. 'cancelling', id, loan.session .. ' ' .. loan.number .. '.' .. loan.place)
    return 'l'
  end,
  waiting = function(row, id, head, record)
    local more = fw.moreOf(call('HGET', P .. 'more', id))
    fw.takeOut(row, id, record)
    if head.unique then fw.letGo(row, head.unique[1], id) end
    fw.keepFailed(row, id, 'C', 'cancelled before it ran', more)
    return 'c'
  end,
})
