#!lua flags=allow-oom
-- A session is about to die, and these loans are why. ARGV: session, receipts (a JSON array of `loan.place`).
--- include base

if call('ZSCORE', P .. 'sessions', ARGV[1]) then call('HSET', P .. 's:' .. ARGV[1], 'accused', ARGV[2]) end
return 1
