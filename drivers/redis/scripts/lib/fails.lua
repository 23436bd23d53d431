-- The key `fails`: of each job its attempts that failed or were lost. Only jobs that are in `more`, or have ended badly, can have some: others
-- are not looked for here.
--- include failures

function fw.noteFailure(id, attempt, err)
  call('HSET', P .. 'fails', id, fw.withFailure(call('HGET', P .. 'fails', id), attempt, err))
end

function fw.noteLost(id, attempt)
  fw.noteFailure(id, attempt, lost)
end

function fw.forgetFailures(ids)
  if call('EXISTS', P .. 'fails') == 1 then fw.all('HDEL', P .. 'fails', ids) end
end

-- An older release forgets jobs without knowing of this key: a few entries a call are looked at, in turn.
function fw.tidyFailures()
  if call('EXISTS', P .. 'fails') == 0 then return end
  local scan = call('HSCAN', P .. 'fails', call('HGET', P .. 'n', 'tidyFails') or '0', 'COUNT', 10)
  call('HSET', P .. 'n', 'tidyFails', scan[1])
  local ids, gone = {}, {}
  for i = 1, #scan[2], 2 do ids[#ids + 1] = scan[2][i] end
  for i, record in ipairs(fw.fields(P .. 'jobs', ids)) do
    if not record then gone[#gone + 1] = ids[i] end
  end
  if #gone > 0 then fw.all('HDEL', P .. 'fails', gone) end
end
