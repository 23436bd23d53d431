#!lua flags=allow-oom
-- Forget jobs that do not run. ARGV: ids. Answers a letter of each: r(emoved), x (it runs), u(nknown).
--- include act

local function remove(queue, job, letter, entry)
  fw.takeOut(job.id, letter, entry, queue)
  fw.letGoOf(queue, job)
  return 'r'
end

return fw.actOnEach(ARGV, { ended = remove, waiting = remove, running = function() return 'x' end })
