-- Make a prefix ours. ARGV: format, shards (`1`, a number, or `0/3` for the first of three). Answers what it has been made with:
-- by this call, if by none before.
--- include base

local format = call('GET', P .. 'format')
if format then return { format, call('GET', P .. 'shards') or '1' } end
call('SET', P .. 'format', ARGV[1])
if ARGV[2] ~= '1' then call('SET', P .. 'shards', ARGV[2]) end
return { ARGV[1], ARGV[2] }
