#!lua flags=allow-oom
-- Waiting jobs are cancelled; of running ones it is noted who must hear of it. ARGV: ids. Answers a letter of each:
-- c(ancelled), l(ater: it runs), s(ettled already), u(nknown).
--- include act

return fw.actOnEach(ARGV, {
  ended = function() return 's' end,
  running = function(job, loan)
    call('HSET', P .. 'cancelling', job.id, loan)
    return 'l'
  end,
  waiting = function(queue, job, letter, entry)
    fw.takeOut(job.id, letter, entry, queue)
    fw.bury(queue, 'c', job, 'cancelled before it ran')
    return 'c'
  end,
})
