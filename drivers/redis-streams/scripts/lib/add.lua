-- Write jobs down, a section at a time: jobs of one queue with the same number of fields, which follow in the arguments: `id` and the id first.
-- A section is { q, n (jobs), c (arguments a job), d (due: > 0 at, < 0 in -d - 1 ms, 0 now), u ([key, mode, forMs] or 0) }.
-- Each job is answered by a letter: a(dded), d(uplicate id), D(uplicate key; the holder's id is told apart), r(eplaced).
--- include put

function fw.dueOf(due)
  if due < 0 then return now - due - 1 end
  return due
end

-- What is known of the ids of a section.
function fw.knownOf(section, at)
  local ids, known = {}, {}
  for i = 1, section.n do ids[i] = args[at + (i - 1) * section.c + 1] end
  for i, place in ipairs(fw.fields(P .. 'ids', ids)) do
    -- Where it should be somebody may have taken it away.
    place = fresh[ids[i]] or place
    if place and fw.isThere(ids[i], fw.splitPlace(place)) then known[ids[i]] = true end
  end
  for i, text in ipairs(fw.fields(P .. 'done', ids)) do known[ids[i]] = known[ids[i]] or text and true or nil end
  return known
end

function fw.addJob(section, i, at, id)
  local due = section.d and fw.dueOf(section.d[i]) or 0
  if due > now then
    return fw.park(section.q, fw.jobOf(section.q, now .. '-0', { unpack(args, at, at + section.c - 1) }), due)
  end
  local entry = call('XADD', fw.queueKey(section.q), '*', unpack(args, at, at + section.c - 1))
  fw.putAt(id, 'q', entry, section.q)
end

-- Letters and holders are appended; answers where the next section begins.
function fw.addSection(section, at, letters, holders)
  local known = fw.knownOf(section, at)
  fw.nameQueue(section.q)
  for i = 1, section.n do
    local id, unique = args[at + 1], section.u and section.u[i] ~= 0 and section.u[i] or nil
    local letter, holder = 'a', nil
    if known[id] then letter = 'd'
    elseif unique then
      letter, holder = fw.keyFor(section.q, unique)
      letter = letter or 'a'
      -- It is gone, and may come anew behind the one that replaced it.
      if letter == 'r' then known[holder] = nil end
    end
    if letter == 'a' or letter == 'r' then
      fw.addJob(section, i, at, id)
      known[id] = true
      if unique then fw.hold(section.q, unique[1], id, unique[3]) end
    elseif letter == 'D' then
      holders[#holders + 1] = holder
    end
    letters[#letters + 1] = letter
    at = at + section.c
  end
  return at
end

function fw.addSections(sections, at, letters, holders)
  for _, section in ipairs(sections) do at = fw.addSection(section, at, letters, holders) end
end
