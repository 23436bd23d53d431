-- Who is there. Of each: name, what it says of itself, what its guardian says, how many loans, since when, until when.
--- include back

local found, all = {}, call('ZRANGE', P .. 'sessions', 0, 999, 'WITHSCORES')
for i = 1, #all, 2 do
  local f = call('HMGET', P .. 's:' .. all[i], 'name', 'about', 'health', 'openedAt')
  found[#found + 1] = { f[1] or all[i], f[2] or '{}', f[3], fw.heldCount(all[i]), tonumber(f[4] or 0), tonumber(all[i + 1]) }
end
return found
