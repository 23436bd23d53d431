#!lua flags=allow-oom
-- Write verdicts down. ARGV: session, lane, seq, items (JSON), then ids and records of follow-up jobs.
-- Items: `d` plain done jobs, a loan at a time: { l, q, s (startedAt), k ([count, ageMs] or 0), at (positions in the answer),
-- i (places), d (ids), g (groups or 0), u (unique keys or 0), x (what `ends` keeps, or 0) }; at and i are numbers where the
-- jobs stand one after the other;
-- `o` others, one by one: { at, l, i, d, q, p, g, u, s, v (verdict), due, t (text), k, f (sections), fa (their arguments) }.
-- Answers the positions of what was stale, and of each item with follow-ups its position, letters and holders (JSON).
--- include calls
--- include back
--- include add
--- include journal

local before = fw.recall('settle')
if before then
  if type(before) == 'table' then return before.refused end
  return cjson.decode(before)
end

local alive = call('ZSCORE', P .. 'sessions', ARGV[1])
local stale, followUps = {}, {}

-- Of a loan's done jobs those that are on loan still: their ids, groups, keys and texts.
function fw.heldOf(item, loan)
  local inLine = type(item.i) == 'number'
  if inLine and fw.clear(loan, item.i, #item.d) then return item end
  local left = { d = {}, g = item.g ~= 0 and {} or 0, u = item.u ~= 0 and {} or 0, x = item.x ~= 0 and {} or 0 }
  for i, id in ipairs(item.d) do
    if fw.clear(loan, inLine and item.i + i - 1 or item.i[i], 1) then
      local n = #left.d + 1
      left.d[n] = id
      for _, list in ipairs({ 'g', 'u', 'x' }) do
        if item[list] ~= 0 then left[list][n] = item[list][i] end
      end
    else
      stale[#stale + 1] = type(item.at) == 'number' and item.at + i - 1 or item.at[i]
    end
  end
  return left
end

function fw.countOf(groups, count)
  if groups == 0 then return { ['-'] = count } end
  local counts = {}
  for _, group in ipairs(groups) do counts[group] = (counts[group] or 0) + 1 end
  return counts
end

function fw.settleDone(item)
  local row, left = fw.queueOf(item.q), fw.heldOf(item, alive and fw.loanAt(item.l))
  local ids = left.d
  if #ids == 0 then return end
  if left.u ~= 0 then fw.letGoAll(row, left.u, ids) end
  fw.leaveRunning(row, fw.has(row, 'c') and fw.countOf(left.g, #ids) or nil, #ids)
  if item.k == 0 or item.k[1] <= 0 then return fw.forget(ids) end
  if call('EXISTS', P .. 'cancelling') == 1 then fw.all('HDEL', P .. 'cancelling', ids) end
  fw.keepDone(row, ids, item.s .. ',1,0', left.x, item.k)
end

local ends = { dead = 'X', cancelled = 'C', quarantined = 'Q' }

function fw.settleOne(item)
  if not (alive and item.d ~= '' and fw.clear(fw.loanAt(item.l), item.i, 1)) then
    stale[#stale + 1] = item.at
    return
  end
  local row, id = fw.queueOf(item.q), item.d
  local unique = item.u ~= 0 and item.u or nil
  local more = fw.moreOf(call('HGET', P .. 'more', id))
  more.attempts, more.started = more.attempts + 1, tonumber(item.s)
  fw.leaveRunning(row, { [item.g] = 1 }, 1)
  if unique then call('HDEL', P .. 'urun', id) end
  if item.v == 'retry' or item.v == 'release' then
    if item.v == 'release' then more.attempts = more.attempts - 1 end
    if item.t then
      more.error = item.t
      if item.v == 'retry' then fw.noteFailure(id, more.attempts, item.t) end
    end
    local pos = string.match(call('HGET', P .. 'jobs', id) or '0', '^%d+')
    local due = item.due and (item.due < 0 and now - item.due - 1 or item.due) or nil
    local job = { id = id, priority = item.p, group = item.g, unique = unique, pos = pos }
    fw.comeBack(row, job, more, due, item.v == 'release')
  else
    call('HDEL', P .. 'cancelling', id)
    if unique then fw.letGo(row, unique, id) end
    if item.v == 'dead' then fw.noteFailure(id, more.attempts, item.t) end
    if item.v ~= 'done' then fw.keepFailed(row, id, ends[item.v], item.t, more)
    elseif item.k == 0 or item.k[1] <= 0 then fw.forget({ id })
    else
      local text = string.format('%.0f,%.0f,%.0f', more.started, more.attempts, more.crashes)
      fw.keepDone(row, { id }, item.t and text .. '|' .. item.t or text, 0, item.k)
    end
  end
  if not item.f then return end
  local added, holders, count = {}, {}, 0
  for _, section in ipairs(item.f) do count = count + section.n end
  fw.beginJournal(count)
  fw.addSections(item.f, item.fa, added, holders)
  fw.writeJournal()
  followUps[#followUps + 1] = { item.at, table.concat(added), holders }
end

local items = cjson.decode(ARGV[4])
for _, item in ipairs(items.d) do fw.settleDone(item) end
for _, item in ipairs(items.o) do fw.settleOne(item) end
fw.cutJournal(items.n)
fw.writeLoans()
fw.writeRows()
local answer = { stale, cjson.encode(followUps) }
fw.remember('settle', cjson.encode(answer))
return answer
