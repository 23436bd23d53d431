-- Done jobs that no list of their queue names are listed again. ARGV: cursor. Answers the next one, how many were looked at, and how many were
-- repaired.
--- include done

local scan, repaired = call('HSCAN', P .. 'done', ARGV[1], 'COUNT', 250), 0
for i = 1, #scan[2], 2 do
  local queue = cjson.decode(scan[2][i + 1])[2]
  repaired = repaired + call('ZADD', fw.doneKey(queue), 'NX', now, scan[2][i])
end
return { scan[1], #scan[2] / 2, repaired }
