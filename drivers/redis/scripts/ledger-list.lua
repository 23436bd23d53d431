-- Records by their keys. ARGV: from and to where (as ZRANGEBYLEX takes them), limit. Answers keys, and `version\nvalue` of each.
--- include base

local keys = call('ZRANGEBYLEX', P .. 'ledger-keys', ARGV[1], ARGV[2], 'LIMIT', 0, ARGV[3])
return { keys, fw.fields(P .. 'ledger', keys) }
