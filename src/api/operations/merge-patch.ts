/** A value changed by a JSON merge patch (RFC 7396): what it names is set, null takes away, the rest stays. Without one: as it is. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (patch === undefined) return target
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
