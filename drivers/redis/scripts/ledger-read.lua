-- Records of the ledger. ARGV: keys. Answers of each `version\nvalue`, or nothing.
--- include base

return fw.fields(P .. 'ledger', ARGV)
