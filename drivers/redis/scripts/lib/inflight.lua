-- Who runs what. Nothing but the loans themselves knows, so that taking a job writes no index: they are looked through once
-- for all the jobs that somebody asks about, in some 2 ms for 10,000 jobs in flight.
--- include base

-- Above so many ids, each loan is read once instead of being searched for each of them.
local searchedMost = 8

-- Those whose jobs may be on loan: dead sessions too, until they are swept.
function fw.sessionsWithLoans()
  local sessions = call('ZRANGE', P .. 'sessions', 0, -1)
  for _, session in ipairs(call('LRANGE', P .. 'dying', 0, -1)) do sessions[#sessions + 1] = session end
  return sessions
end

-- Calls `visit(number, bits, text)` for each loan of a session.
function fw.eachLoan(session, visit)
  local bits, texts = {}, {}
  local f = call('HGETALL', P .. 'held:' .. session)
  for i = 1, #f, 2 do
    local kind, number = string.match(f[i], '^([bi])(%d+)$')
    if kind == 'b' then bits[number] = f[i + 1] elseif kind == 'i' then texts[number] = f[i + 1] end
  end
  for number, text in pairs(texts) do
    if bits[number] then visit(number, bits[number], text) end
  end
end

-- At which place of a loan the id stands.
function fw.placeIn(text, id)
  local line, from = '\n' .. id, 1
  while true do
    local first, last = string.find(text, line, from, true)
    if not first then return nil end
    local after = string.byte(text, last + 1)
    if after == nil or after == 10 then
      local _, before = string.gsub(string.sub(text, 1, first - 1), '\n', '')
      return before
    end
    from = last + 1
  end
end

-- Of those that run: { session, number, place, startedAt }, by id.
function fw.runningOf(ids)
  local found, wanted = {}, {}
  if #ids == 0 then return found end
  for _, id in ipairs(ids) do wanted[id] = true end
  for _, session in ipairs(fw.sessionsWithLoans()) do
    fw.eachLoan(session, function(number, bits, text)
      local function note(id, place)
        if string.byte(bits, place + 1) ~= 49 then return end
        found[id] = { session = session, number = number, place = place, startedAt = string.match(text, '\t(%d+)') }
      end
      if #ids <= searchedMost then
        for id in pairs(wanted) do
          local place = fw.placeIn(text, id)
          if place then note(id, place) end
        end
        return
      end
      local place = 0
      for id in string.gmatch(text, '\n([^\n]*)') do
        if wanted[id] then note(id, place) end
        place = place + 1
      end
    end)
  end
  return found
end
