-- Everybody who has a session. Answers of each: name, about, health or nothing, how many jobs it holds, opened at, lease until.
--- include base

local answer = {}
local sessions = call('ZRANGE', P .. 'sessions', 0, -1, 'WITHSCORES')
for i = 1, #sessions, 2 do
  local f = call('HMGET', P .. 's:' .. sessions[i], 'name', 'about', 'health', 'openedAt')
  answer[#answer + 1] = {
    f[1] or sessions[i], f[2] or '{}', f[3], tonumber(call('HGET', P .. 'held:' .. sessions[i], 'n') or 0),
    tonumber(f[4] or 0), tonumber(sessions[i + 1]),
  }
end
return answer
