-- Token buckets in one number each, the moment at which they are full again (src/base/bucket.ts tells why), and quotas of
-- aligned windows. A state is text: `full,full;window,used`.
--- include queue

local slack = 0.001

function fw.stateOf(text)
  local state = { full = {}, window = 0, used = 0 }
  if not text or text == '' then return state end
  local fulls, window, used = string.match(text, '^([^;]*);(%d+),(%d+)$')
  for full in string.gmatch(fulls, '[^,]+') do state.full[#state.full + 1] = tonumber(full) end
  state.window, state.used = tonumber(window), tonumber(used)
  return state
end

function fw.stateText(state)
  local fulls = {}
  for i, full in ipairs(state.full) do fulls[i] = string.format('%.3f', full) end
  return table.concat(fulls, ',') .. ';' .. string.format('%.0f,%.0f', state.window, state.used)
end

function fw.stepOf(rate) return rate.perMs / rate.tokens end
function fw.fillOf(rate) return fw.max(1, rate.burst) * fw.stepOf(rate) end

function fw.debtOf(rate, full)
  local debt = (full or 0) - now
  if debt <= 0 or debt > 2 * fw.fillOf(rate) + slack then return 0 end
  return debt
end

-- How many jobs these settings let through now; with none, when the next one.
function fw.tokensOf(settings, state)
  local tokens, untilMs = math.huge, now
  for i, rate in ipairs(settings.rates or {}) do
    local debt, step, fill = fw.debtOf(rate, state.full[i]), fw.stepOf(rate), fw.fillOf(rate)
    tokens = fw.min(tokens, fw.max(0, math.floor((fill - debt + slack) / step)))
    local short = debt + fw.min(step, fill) - fill - slack
    if short > 0 then untilMs = fw.max(untilMs, math.ceil(now + short)) end
  end
  local quota = settings.quota
  if quota then
    local window = math.floor(now / quota.perMs)
    local left = quota.jobs
    if state.window == window then left = fw.max(0, quota.jobs - state.used) end
    tokens = fw.min(tokens, left)
    if left <= 0 then untilMs = fw.max(untilMs, (window + 1) * quota.perMs) end
  end
  return tokens, untilMs
end

function fw.spend(settings, state, count)
  for i, rate in ipairs(settings.rates or {}) do
    state.full[i] = now + fw.min(fw.debtOf(rate, state.full[i]) + count * fw.stepOf(rate), fw.fillOf(rate))
  end
  if settings.quota then
    local window = math.floor(now / settings.quota.perMs)
    if state.window ~= window then state.window, state.used = window, 0 end
    state.used = state.used + count
  end
end

function fw.spends(settings)
  return settings and ((settings.rates and #settings.rates > 0) or settings.quota) and true or false
end

-- What holds for a group: each field that it sets itself, else that of all groups. Nothing without limits.
function fw.settingsFor(row, group)
  local shared = row.lim.g
  if not fw.has(row, 'l') then return shared end
  row.own = row.own or {}
  local known = row.own[group]
  if known ~= nil then return known or nil end
  local own = call('HGET', P .. 'lg:' .. row.name, group)
  local merged = shared or false
  if own then
    merged = {}
    for name, value in pairs(shared or {}) do merged[name] = value end
    for name, value in pairs(cjson.decode(own)) do merged[name] = value end
  end
  row.own[group] = merged
  return merged or nil
end
