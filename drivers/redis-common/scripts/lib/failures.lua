-- Attempts of a job that failed or were lost, a line each: `atMs,attempt,"error"`, the newest ten, fewer where they are long (src/base/failures.ts).
--- include base

local failuresMost, failuresBytesMost = 10, 65536
local lost = 'Lost: its worker died, or did not renew its lease.'

-- One more; `before` is what there is, if anything.
function fw.withFailure(before, attempt, err)
  local text = string.format('%.0f,%.0f,', now, attempt) .. cjson.encode(err)
  if before then text = before .. '\n' .. text end
  local _, feeds = string.gsub(text, '\n', '')
  while feeds >= failuresMost or (feeds > 0 and #text > failuresBytesMost) do
    text = string.sub(text, string.find(text, '\n', 1, true) + 1)
    feeds = feeds - 1
  end
  return text
end
