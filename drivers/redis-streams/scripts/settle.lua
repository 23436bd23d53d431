#!lua flags=allow-oom
-- Write verdicts down. ARGV: session, lane, seq, items (JSON), then fields of follow-up jobs and records of done ones.
-- Items: `d` plain done jobs, a queue at a time: { q, f (least entry), l (greatest), at (positions in the answer), e (entries), i (ids),
-- u (unique keys or 0), k ([count, ageMs] or 0), ka (where the ids and records of those that are kept begin in the arguments) };
-- `o` others, one by one: { at, q, e, i, v (verdict), s (startedAt), due, t (text), k, r (the record
-- of one that is done), f (sections), fa (their arguments) }.
-- Answers the positions of what was stale, and of each item with follow-ups its position, letters and holders (JSON).
--- include calls
--- include add
--- include back
--- include fence
--- include done

local before = fw.recall('settle')
if before then
  if type(before) == 'table' then return before.refused end
  return cjson.decode(before)
end

local session = ARGV[1]
local alive = call('ZSCORE', P .. 'sessions', session)
local stale, followUps = {}, {}

function fw.settleDone(item)
  local holds = alive and fw.held(item.q, session, item.e, item.f, item.l) or {}
  local entries, ids = {}, {}
  for i, entry in ipairs(item.e) do
    if holds[entry] then
      entries[#entries + 1], ids[#ids + 1] = entry, item.i[i]
      if item.u ~= 0 and item.u[i] ~= 0 then fw.letGo(item.q, item.u[i], item.i[i]) end
    else
      stale[#stale + 1] = item.at[i]
    end
  end
  if #entries == 0 then return end
  fw.leave(item.q, entries)
  fw.forget(ids)
  fw.forgetWishes(ids)
  if item.k == 0 then return end
  local records = {}
  for i, entry in ipairs(#ids < #item.e and item.e or {}) do
    if holds[entry] then
      records[#records + 1], records[#records + 2] = args[item.ka + 2 * i - 2], args[item.ka + 2 * i - 1]
    end
  end
  if #records == 0 then records = { unpack(args, item.ka, item.ka + 2 * #ids - 1) } end
  fw.keepDone(item.q, ids, records, item.k)
end

local ends = { dead = 'x', cancelled = 'c', quarantined = 'z' }

function fw.settleOne(item)
  if not (alive and item.e ~= '' and fw.holderOfEntry(item.q, item.e) == session) then
    stale[#stale + 1] = item.at
    return
  end
  local found = fw.entryAt(fw.queueKey(item.q), item.e)
  fw.leave(item.q, { item.e })
  -- Somebody deleted it while it was on loan: there is nothing that could come back.
  if found then fw.settleJob(item, fw.jobOf(item.q, item.e, found[2]))
  else fw.forget({ item.i }) end
  if not item.f then return end
  local added, holders = {}, {}
  fw.addSections(item.f, item.fa, added, holders)
  followUps[#followUps + 1] = { item.at, table.concat(added), holders }
end

function fw.settleJob(item, job)
  job.startedAt = item.s
  if item.v ~= 'release' then fw.count(job, 'attempts', 1) end
  if item.t and (item.v == 'retry' or item.v == 'dead') then
    job.failures = fw.withFailure(job.failures, tonumber(job.attempts), item.t)
  end
  if item.v == 'retry' or item.v == 'release' then
    job.error = item.t or job.error
    return fw.comeBack(item.q, job, item.due and fw.dueOf(item.due) or nil)
  end
  fw.forgetWishes({ job.id })
  if ends[item.v] then return fw.bury(item.q, ends[item.v], job, item.t) end
  local unique = fw.uniqueOf(job)
  if unique then fw.letGo(item.q, unique[1], job.id) end
  fw.forget({ job.id })
  if item.k ~= 0 then fw.keepDone(item.q, { job.id }, { job.id, item.r }, item.k) end
end

local items = cjson.decode(ARGV[4])
for _, item in ipairs(items.d) do fw.settleDone(item) end
for _, item in ipairs(items.o) do fw.settleOne(item) end
fw.writePlaces()
local answer = { stale, cjson.encode(followUps) }
fw.remember('settle', cjson.encode(answer))
return answer
