-- Counts of the suspects again, now that their jobs are in place. ARGV: audit, cursor.
--- include recount

function fw.recount(name)
  if not fw.noted('suspects', name) then return 1 end
  local row = fw.queueOf(name)
  local unsteady = fw.recountRunning(row)
  local short, _, groups = fw.recountReady(row)
  if unsteady or short then row.changed, row.sooner = true, true end
  return 10 + groups
end

return fw.report(fw.eachQueue(ARGV[2], fw.recount))
