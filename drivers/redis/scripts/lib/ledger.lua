-- Records of the ledger, and when they end. A term names the version that it is of: a release that knows of no terms writes over a
-- record and leaves its term behind, which then ends nothing.
--- include base

function fw.versionOf(record)
  return record and string.match(record, '^%d+') or '0'
end

function fw.isOver(key, record)
  local untilMs = call('ZSCORE', P .. 'ledger-terms', fw.versionOf(record) .. '\n' .. key)
  return untilMs and tonumber(untilMs) <= now
end

-- `version\nvalue` of each key, false where there is none, or none any more.
function fw.recordsOf(keys)
  local records = fw.fields(P .. 'ledger', keys)
  if call('EXISTS', P .. 'ledger-terms') == 0 then return records end
  for i, record in ipairs(records) do
    if record and fw.isOver(keys[i], record) then records[i] = false end
  end
  return records
end

-- Removes records whose time is over, oldest first.
function fw.endTerms(most)
  for _, term in ipairs(call('ZRANGEBYSCORE', P .. 'ledger-terms', '-inf', now, 'LIMIT', 0, most)) do
    local version, key = string.match(term, '^(%d+)\n(.*)$')
    if fw.versionOf(call('HGET', P .. 'ledger', key)) == version then
      call('HDEL', P .. 'ledger', key)
      call('ZREM', P .. 'ledger-keys', key)
    end
    call('ZREM', P .. 'ledger-terms', term)
  end
end
