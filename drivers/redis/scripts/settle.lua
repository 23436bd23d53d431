-- Write verdicts down. ARGV: session, lane, seq, items (JSON), then ids and records of follow-up jobs.
-- Items: `d` plain done jobs, a loan at a time: { l, q, s (startedAt), k ([count, ageMs] or 0), at (positions in the answer),
-- i (places), d (ids), g (groups or 0), u (unique keys or 0), x (what `ends` keeps, or 0) };
-- `o` others, one by one: { at, l, i, d, q, p, g, u, s, v (verdict), due, t (text), k, f (sections), fa (their arguments) }.
--- include calls
--- include back
--- include add
--- include journal

local before = recall('settle')
if before then
  if type(before) == 'table' then return before.refused end
  return cjson.decode(before)
end

local alive = call('ZSCORE', P .. 'sessions', ARGV[1])
local letters, followUps = {}, {}

local function settleDone(item)
  local loan, row = alive and loanAt(item.l), queueOf(item.q)
  local ids, texts, groups, plain = {}, {}, {}, item.s .. ',1,0'
  for i, place in ipairs(item.i) do
    local settled = item.d[i] ~= '' and clear(loan, place)
    letters[item.at[i] + 1] = settled and 's' or 't'
    if settled then
      local id = item.d[i]
      ids[#ids + 1] = id
      texts[#ids] = item.x ~= 0 and item.x[i] ~= 0 and item.x[i] or plain
      local group = item.g ~= 0 and item.g[i] or '-'
      groups[group] = (groups[group] or 0) + 1
      if item.u ~= 0 and item.u[i] ~= 0 then
        letGo(row, item.u[i], id)
        call('HDEL', P .. 'urun', id)
      end
    end
  end
  if #ids == 0 then return end
  leaveRunning(row, groups, #ids)
  if item.k == 0 or item.k[1] <= 0 then
    forget(ids)
  else
    for _, key in ipairs({ 'more', 'cancelling' }) do
      if call('EXISTS', P .. key) == 1 then all('HDEL', P .. key, ids) end
    end
    keepDone(row, ids, texts, item.k)
  end
end

local ends = { dead = 'X', cancelled = 'C', quarantined = 'Q' }

local function settleOne(item)
  if not (alive and item.d ~= '' and clear(loanAt(item.l), item.i)) then
    letters[item.at + 1] = 't'
    return
  end
  letters[item.at + 1] = 's'
  local row, id = queueOf(item.q), item.d
  local unique = item.u ~= 0 and item.u or nil
  local more = moreOf(call('HGET', P .. 'more', id))
  more.attempts, more.started = more.attempts + 1, tonumber(item.s)
  leaveRunning(row, { [item.g] = 1 }, 1)
  if unique then call('HDEL', P .. 'urun', id) end
  if item.v == 'retry' or item.v == 'release' then
    if item.v == 'release' then more.attempts = more.attempts - 1 end
    if item.t then more.error = item.t end
    local pos = string.match(call('HGET', P .. 'jobs', id) or '0', '^%d+')
    local due = item.due and (item.due < 0 and now - item.due - 1 or item.due) or nil
    local job = { id = id, priority = item.p, group = item.g, unique = unique, pos = pos }
    comeBack(row, job, more, due, item.v == 'release')
  else
    call('HDEL', P .. 'cancelling', id)
    if unique then letGo(row, unique, id) end
    if item.v ~= 'done' then keepFailed(row, id, ends[item.v], item.t, more)
    elseif item.k == 0 or item.k[1] <= 0 then forget({ id })
    else
      call('HDEL', P .. 'more', id)
      local text = string.format('%.0f,%.0f,%.0f', more.started, more.attempts, more.crashes)
      keepDone(row, { id }, { item.t and text .. '|' .. item.t or text }, item.k)
    end
  end
  if not item.f then return end
  local added, holders, at = {}, {}, item.fa
  for _, section in ipairs(item.f) do
    addSection(section, at, added, holders)
    at = at + 2 * section.n
  end
  followUps[#followUps + 1] = { item.at, table.concat(added), holders }
end

local items = cjson.decode(ARGV[4])
for _, item in ipairs(items.d) do settleDone(item) end
for _, item in ipairs(items.o) do settleOne(item) end
cutJournal(2 * #letters)
writeLoans()
writeRows()
local answer = { table.concat(letters), cjson.encode(followUps) }
remember('settle', cjson.encode(answer))
return answer
