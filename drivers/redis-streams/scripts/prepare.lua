-- Make a prefix ours. ARGV: format. Answers the format that it has been made with: by this call, if by none before.
--- include base

call('SET', P .. 'format', ARGV[1], 'NX')
return call('GET', P .. 'format')
