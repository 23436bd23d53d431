-- Jobs that have ended start over, delayed ones are ready now. ARGV: ids. Answers a letter of each: r(etried), w(aiting), x (it runs),
-- d(uplicate: somebody has its key), u(nknown).
--- include act

return fw.actOnEach(ARGV, {
  running = function() return 'x' end,
  waiting = function(queue, job, letter, entry)
    if letter == 'd' then
      fw.takeOut(job.id, letter, entry, queue)
      job.dueAt = nil
      fw.push(queue, job)
    end
    return 'w'
  end,
  ended = function(queue, job, letter, entry)
    local unique = fw.uniqueOf(job)
    local holder = unique and fw.keyFor(queue, { unique[1], 'keep' })
    if holder then return 'd' end
    fw.takeOut(job.id, letter, entry, queue)
    for _, name in ipairs({ 'attempts', 'crashes', 'startedAt', 'dueAt', 'error', 'reason', 'result' }) do job[name] = nil end
    if unique then fw.hold(queue, unique[1], job.id, 0) end
    fw.push(queue, job)
    return 'r'
  end,
})
