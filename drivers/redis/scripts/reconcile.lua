#!lua flags=allow-oom
-- What the store thinks a session holds, against what it runs. ARGV: session, known (JSON: [loan, [place, …]], …).
-- Loans that it does not know come back; those that it knows and the store does not are told as `loan.place`.
--- include back

local known, revoked, released = {}, {}, 0
local alive = call('ZSCORE', P .. 'sessions', ARGV[1])
for _, pair in ipairs(cjson.decode(ARGV[2])) do
  local number, places = pair[1], {}
  local loan = alive and fw.loanAt(number)
  for _, place in ipairs(pair[2]) do
    if loan and string.byte(loan.bits, place + 1) == 49 then places[place] = true
    else revoked[#revoked + 1] = number .. '.' .. place end
  end
  known[number] = places
end
if alive then
  for _, number in ipairs(fw.loanNumbers()) do
    local kept = known[number] or {}
    released = released + fw.takeBack(number, math.huge, function(place) return kept[place] end, nil)
  end
  fw.writeLoans()
  fw.writeRows()
end
return { released, revoked }
