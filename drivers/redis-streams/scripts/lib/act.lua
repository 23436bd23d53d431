-- What somebody wants done with jobs, by id, one after the other.
--- include put

-- Runs `act.ended`, `act.running` or `act.waiting` for each id and gathers the letters that they answer, `u` for unknown ones.
function fw.actOnEach(ids, act)
  local letters = {}
  for i, id in ipairs(ids) do
    local letter, entry, queue = fw.placeOf(id)
    local job = letter and fw.jobAt(id, letter, entry, queue)
    local holder = letter == 'q' and fw.holderOfEntry(queue, entry)
    if not job then letters[i] = 'u'
    elseif fw.hasEnded(letter) then letters[i] = act.ended(queue, job, letter, entry)
    elseif holder then letters[i] = act.running(job, holder .. ' ' .. entry .. ' ' .. queue)
    else letters[i] = act.waiting(queue, job, letter, entry) end
  end
  fw.writePlaces()
  return table.concat(letters)
end

function fw.letGoOf(queue, job)
  local unique = fw.uniqueOf(job)
  if unique then fw.letGo(queue, unique[1], job.id) end
end
