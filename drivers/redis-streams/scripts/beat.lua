#!lua flags=allow-oom
-- The worker's report, and what it must hear. ARGV: session, renew (1 or 0), about (JSON), unbegun (JSON), then entry and queue, and value, of
-- each progress. Answers alive, held, cancelled receipts, paused queues.
--- include back

local session = ARGV[1]
local paused = call('SMEMBERS', P .. 'paused')
local key = P .. 's:' .. session
local lease = call('HGET', key, 'lease')
if not (lease and call('ZSCORE', P .. 'sessions', session)) then return { 0, 0, {}, paused } end
if ARGV[2] == '1' then
  call('ZADD', P .. 'sessions', now + tonumber(lease), session)
  call('HDEL', key, 'accused')
end
call('HSET', key, 'about', ARGV[3], 'unbegun', ARGV[4])

-- Of loans that are somebody's by now nobody wants to know.
for i = 5, #ARGV, 2 do
  local entry, queue = string.match(ARGV[i], '^(%S+) (.*)$')
  local found = fw.holderOfEntry(queue, entry) == session and fw.entryAt(fw.queueKey(queue), entry)
  if found then call('HSET', P .. 'progress', fw.jobOf(queue, entry, found[2]).id, ARGV[i + 1]) end
end

return { 1, fw.heldCount(session), fw.wishedOf(session), paused }
