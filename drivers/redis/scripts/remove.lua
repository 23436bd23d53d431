#!lua flags=allow-oom
-- Forget jobs that do not run. ARGV: ids. Answers a letter of each: r(emoved), x (runs), u(nknown); fewer than ids when the rest is
-- for another call.
--- include unique
--- include act

function fw.drop(row, id, head)
  if head.unique then fw.letGo(row, head.unique[1], id) end
  fw.forget({ id }, true)
  return 'r'
end

return fw.actOnEach(ARGV, {
  ended = function(row, id, head, text)
    local looked = fw.leaveEnd(row, id, text)
    return fw.drop(row, id, head), looked
  end,
  running = function() return 'x' end,
  waiting = function(row, id, head, record)
    fw.takeOut(row, id, record)
    return fw.drop(row, id, head)
  end,
})
