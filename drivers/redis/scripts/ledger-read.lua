-- Records of the ledger. ARGV: keys. Answers of each `version\nvalue`, or nothing.
--- include ledger

return fw.recordsOf(ARGV)
