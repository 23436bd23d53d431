-- Counts of the suspects again, now that their jobs are in place. ARGV: audit, cursor.
--- include recount

local function recount(name)
  if not noted('suspects', name) then return 1 end
  local row = queueOf(name)
  local unsteady = recountRunning(row)
  local short, _, groups = recountReady(row)
  if unsteady or short then row.changed, row.sooner = true, true end
  return 10 + groups
end

return report(eachQueue(ARGV[2], recount))
