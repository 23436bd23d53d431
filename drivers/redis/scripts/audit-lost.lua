-- Jobs of suspects that no list holds are lined up again. ARGV: audit, cursor.
--- include audit

if call('EXISTS', notes .. ':suspects') == 0 then return fw.report('') end

-- Of a job whose end was forgotten: what is left of it.
function fw.endOf(row, id)
  if fw.noted('finished', id) then return string.format('D,%.0f,0,0,0', now) end
  for letter in pairs(failures) do
    local at = call('ZSCORE', fw.failedKey(row, letter), id)
    if at then return letter .. ',' .. at .. ',0,0,0|its reason was lost' end
  end
end

-- What has moved since the audit began is where it belongs.
function fw.isOld(head, more)
  return tonumber(head.pos) <= auditedPos and head.at < auditedAt and head.due < auditedAt and more.ready < auditedAt
end

local cursor = fw.eachRecord(ARGV[2], function(ids, records)
  local mores, places = fw.fields(P .. 'more', ids), fw.placesOf(ids, records)
  for i, id in ipairs(ids) do
    local head, more = fw.headOf(records[i]), fw.moreOf(mores[i])
    local row = fw.queueOf(head.queue)
    if places[id][1] == 'ready' and fw.noted('suspects', row.name) and fw.isOld(head, more) then
      local text = fw.endOf(row, id)
      if text then
        call('HSET', P .. 'ends', id, text)
        repaired = repaired + 1
      elseif not fw.noted('seen', id) then
        more.ready, more.back = now, false
        call('HSET', P .. 'more', id, fw.moreText(more))
        fw.lineUp(row, fw.charOf(head.priority, false), head.group, { fw.entryOf(id, head.unique) })
        repaired = repaired + 1
      end
    end
  end
end)
return fw.report(cursor)
