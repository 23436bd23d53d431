-- Records of the ledger. ARGV: keys. Answers version and value of each, or nothing.
--- include ledger

local found = {}
for i, text in ipairs(fw.fields(records, ARGV)) do
  local version, value = fw.readRecord(text)
  found[i] = version and { version, value } or false
end
return found
