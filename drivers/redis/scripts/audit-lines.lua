-- What the lists of suspects hold, from their ends, where newcomers shift nothing that was not looked at. ARGV: audit.
--- include audit

local pieceMost_ = 1000

function fw.lookAtLine(row, char, group, entries)
  local ids = {}
  for i, entry in ipairs(entries) do ids[i] = string.byte(entry) == 2 and string.sub(entry, 2) or entry end
  fw.noteAll('seen', ids)
  for i, text in ipairs(fw.fields(P .. 'ends', ids)) do
    -- It was cancelled while it stood here, and nobody knows of its ghost any more.
    if text and call('HSETNX', P .. 'ghost:' .. row.name, fw.ghostField(char, group, ids[i]), 1) == 1 then
      row.ready, row.changed, repaired = row.ready - 1, true, repaired + 1
    end
  end
end

local looked = 0
while looked < pieceMost_ do
  local line = call('LPOP', notes .. ':lines')
  if not line then return fw.report('') end
  local char, group, name, offset = string.match(line, '^(.)\3(.-)\3(.*)\3(%d+)$')
  local row = fw.queueOf(name)
  local key = char == '!' and P .. 'done:' .. name or fw.lineKey(row, char, group)
  local from = tonumber(offset)
  local entries = call('LRANGE', key, -from - pieceMost_, -from - 1)
  looked = looked + #entries
  if char == '!' then
    fw.noteAll('finished', entries)
  else
    fw.lookAtLine(row, char, group, entries)
  end
  if #entries == pieceMost_ then
    call('LPUSH', notes .. ':lines', char .. '\3' .. group .. '\3' .. name .. '\3' .. string.format('%.0f', from + pieceMost_))
  end
end
return fw.report('more')
