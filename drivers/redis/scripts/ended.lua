-- When the first of a queue's jobs ended that are kept in a state. ARGV: queue, state, how many. Answers how many are kept, and the
-- times, oldest first.
--- include base

local key, last = P .. ARGV[2] .. ':' .. ARGV[1], tonumber(ARGV[3]) - 1
if ARGV[2] == 'done' then
  local answer = { call('LLEN', key) }
  for _, text in ipairs(fw.fields(P .. 'ends', call('LRANGE', key, 0, last))) do
    answer[#answer + 1] = text and string.match(text, '^%a,(%d+)') or '0'
  end
  return answer
end
local answer, ended = { call('ZCARD', key) }, call('ZRANGE', key, 0, last, 'WITHSCORES')
for i = 2, #ended, 2 do answer[#answer + 1] = ended[i] end
return answer
