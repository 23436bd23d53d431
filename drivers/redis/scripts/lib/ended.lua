-- Jobs that have ended and are kept: done ones in a list, the others in a set by time for each outcome. `ends` tells of each
-- `letter,settledAt,startedAt,attempts,crashes|result or reason`: D(one), X dead, C(ancelled), Q(uarantined). Of those that are not done the place in
-- the journal stands behind the crashes: who looks for the newest of many need not read their bodies.
--- include queue
--- include leave

local failures = { X = 'dead', C = 'cancelled', Q = 'quarantined' }

function fw.failedKey(row, letter)
  return P .. failures[letter] .. ':' .. row.name
end

function fw.isDoneOld(id, ageMs)
  local text = id and call('HGET', P .. 'ends', id)
  return id and (not text or tonumber(string.match(text, '^%a,(%d+)')) < now - ageMs) or false
end

-- Answers how many went.
function fw.trimDone(row, count, ageMs, most)
  local done = P .. 'done:' .. row.name
  local over = fw.max(0, fw.min(call('LLEN', done) - count, most))
  if over > 0 then fw.forget(call('LPOP', done, over)) end
  if most - over < 1 or not fw.isDoneOld(call('LINDEX', done, 0), ageMs) then return over end
  local heads = call('LRANGE', done, 0, most - over - 1)
  local old = 0
  for i, text in ipairs(fw.fields(P .. 'ends', heads)) do
    if text and tonumber(string.match(text, '^%a,(%d+)')) >= now - ageMs then break end
    old = i
  end
  if old > 0 then fw.forget(call('LPOP', done, old)) end
  return over + old
end

-- Keep these done jobs; `keep` is [count, ageMs]. What `ends` tells of them lacks the letter and the time: `plain` is that of
-- most, `texts` those of the others (0 for the plain ones), or 0.
function fw.keepDone(row, ids, plain, texts, keep)
  local writes, prefix = {}, 'D,' .. now .. ','
  local most = prefix .. plain
  for i = 1, #ids do
    local text = texts ~= 0 and texts[i] or 0
    writes[2 * i - 1] = ids[i]
    writes[2 * i] = text == 0 and most or prefix .. text
  end
  fw.all('HSET', P .. 'ends', writes)
  fw.all('RPUSH', P .. 'done:' .. row.name, ids)
  local text = keep[1] .. ',' .. keep[2]
  if row.keep ~= text then
    row.keep = text
    call('HSET', row.key, 'keep', text)
  end
  row.changed = true
  fw.trimDone(row, keep[1], keep[2], 2 * #ids + 4)
end

function fw.keepFailed(row, id, letter, reason, more)
  local place = string.match(call('HGET', P .. 'jobs', id) or '', '^%d+')
  call('HSET', P .. 'ends', id, letter .. ',' .. now .. ',' .. string.format('%.0f,%.0f,%.0f', more.started, more.attempts, more.crashes)
    .. (place and ',' .. place or '') .. '|' .. reason)
  call('ZADD', fw.failedKey(row, letter), now, id)
  call('HDEL', P .. 'more', id)
  row.changed = true
end

function fw.dropFailed(key, ids)
  if #ids == 0 then return 0 end
  fw.all('ZREM', key, ids)
  fw.forget(ids, true)
  return #ids
end

-- Those of one outcome beyond a count, and those that ended longer ago; each at most so many, and answers how many.
function fw.trimFailed(row, letter, count, most)
  local key = fw.failedKey(row, letter)
  local beyond = fw.min(call('ZCARD', key) - count, most)
  return beyond > 0 and fw.dropFailed(key, call('ZRANGE', key, 0, beyond - 1)) or 0
end

function fw.trimOld(row, letter, ageMs, most)
  local key = fw.failedKey(row, letter)
  return fw.dropFailed(key, call('ZRANGEBYSCORE', key, '-inf', '(' .. string.format('%.0f', now - ageMs), 'LIMIT', 0, most))
end
