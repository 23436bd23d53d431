-- Forget jobs that do not run. ARGV: ids. Answers a letter of each: r(emoved), x (runs), u(nknown); fewer than ids when the rest is
-- for another call.
--- include unique
--- include act

local function drop(row, id, head)
  if head.unique then letGo(row, head.unique[1], id) end
  forget({ id })
  return 'r'
end

return actOnEach(ARGV, {
  ended = function(row, id, head, text)
    local looked = leaveEnd(row, id, text)
    return drop(row, id, head), looked
  end,
  running = function() return 'x' end,
  waiting = function(row, id, head, record)
    takeOut(row, id, record)
    return drop(row, id, head)
  end,
})
