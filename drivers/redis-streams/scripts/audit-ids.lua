-- Ids that lead nowhere, because somebody deleted what they stood for, are forgotten. ARGV: cursor. Answers the next one, how many were looked at,
-- and how many were repaired.
--- include places

local scan, lost = call('HSCAN', P .. 'ids', ARGV[1], 'COUNT', 250), {}
for i = 1, #scan[2], 2 do
  if not fw.isThere(scan[2][i], fw.splitPlace(scan[2][i + 1])) then lost[#lost + 1] = scan[2][i] end
end
fw.all('HDEL', P .. 'ids', lost)
return { scan[1], #scan[2] / 2, #lost }
