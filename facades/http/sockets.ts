import { descriptorLimit, socketsBelow } from '../../src/base/descriptors.ts'

/** Where the limit cannot be read. */
const unknownMax = 4_096

let cached: number | undefined

/** How many sockets all HTTP clients of this process may hold at once; read once. */
export function socketsMax(): number {
  cached ??= allowed(descriptorLimit())
  return cached
}

function allowed(limit: number | undefined): number {
  return limit === undefined ? unknownMax : socketsBelow(limit)
}
