-- What keeps jobs of a queue's groups from being taken now. ARGV: queue, groups. Answers a letter of each: n(othing), c(oncurrency),
-- r(ate), q(uota), f(rozen).
--- include line
--- include limits

local row = fw.queueOf(ARGV[1])

function fw.spentOf(settings, text)
  if not fw.spends(settings) then return 'n' end
  local state = fw.stateOf(text)
  if settings.quota and fw.tokensOf({ quota = settings.quota }, state) < 1 then return 'q' end
  return fw.tokensOf(settings, state) < 1 and 'r' or 'n'
end

function fw.heldIn()
  local settings = row.lim.q
  if row.frozen > now then return 'f' end
  if not settings then return 'n' end
  if settings.concurrencyMax and row.running >= settings.concurrencyMax then return 'c' end
  return fw.spentOf(settings, row.tb)
end

function fw.heldAlone(group)
  if not fw.has(row, 'p') then return 'n' end
  local frozen = fw.has(row, 'f') and call('ZSCORE', P .. 'frozen:' .. row.name, group)
  if frozen and tonumber(frozen) > now then return 'f' end
  local settings = fw.settingsFor(row, group)
  if not settings then return 'n' end
  local running = settings.concurrencyMax and tonumber(call('HGET', P .. 'run:' .. row.name, group) or 0)
  if running and running >= settings.concurrencyMax then return 'c' end
  return fw.spentOf(settings, call('HGET', P .. 'tb:' .. row.name, group))
end

local whole, letters = fw.heldIn(), {}
for i = 2, #ARGV do
  local held = fw.heldAlone(ARGV[i])
  letters[i - 1] = held == 'n' and whole or held
end
return table.concat(letters)
