-- Jobs of suspects that no list holds are lined up again. ARGV: audit, cursor.
--- include audit

if call('EXISTS', notes .. ':suspects') == 0 then return report('') end

-- Of a job whose end was forgotten: what is left of it.
local function endOf(row, id)
  if noted('finished', id) then return string.format('D,%.0f,0,0,0', now) end
  for letter in pairs(failures) do
    local at = call('ZSCORE', failedKey(row, letter), id)
    if at then return letter .. ',' .. at .. ',0,0,0|its reason was lost' end
  end
end

-- What has moved since the audit began is where it belongs.
local function isOld(head, more)
  return tonumber(head.pos) <= startedPos and head.at < startedAt and head.due < startedAt and more.ready < startedAt
end

local cursor = eachRecord(ARGV[2], function(ids, records)
  local mores, places = fields(P .. 'more', ids), placesOf(ids, records)
  for i, id in ipairs(ids) do
    local head, more = headOf(records[i]), moreOf(mores[i])
    local row = queueOf(head.queue)
    if places[id][1] == 'ready' and noted('suspects', row.name) and isOld(head, more) then
      local text = endOf(row, id)
      if text then
        call('HSET', P .. 'ends', id, text)
        repaired = repaired + 1
      elseif not noted('seen', id) then
        more.ready, more.back = now, false
        call('HSET', P .. 'more', id, moreText(more))
        lineUp(row, charOf(head.priority, false), head.group, { entryOf(id, head.unique) })
        repaired = repaired + 1
      end
    end
  end
end)
return report(cursor)
