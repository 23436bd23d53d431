-- Call a session otherwise. ARGV: session, name.
--- include base

if call('ZSCORE', P .. 'sessions', ARGV[1]) then call('HSET', P .. 's:' .. ARGV[1], 'name', ARGV[2]) end
return 1
