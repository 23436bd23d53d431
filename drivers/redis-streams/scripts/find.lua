-- Looks at jobs. ARGV: ids. Answers one for each, or nothing.
--- include look

local looks = {}
for i, id in ipairs(ARGV) do looks[i] = fw.look(id) end
return looks
