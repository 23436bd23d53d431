import { FiberWorkError } from '../../contract/errors.ts'

const headerBytes = 8
const memorySection = 5
export const pageBytes = 65_536

/**
 * The module with a maximum on its memory: what a module declares itself cannot be limited from outside any more once it is
 * compiled, so that its memory section is written anew. Growing beyond it then fails inside the module, as `memory.grow` does
 * when there is no memory left. Throws `FW_WASM_INVALID`.
 */
export function withMemoryMax(bytes: Uint8Array, pagesMax: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [bytes.subarray(0, headerBytes)]
  for (let at = headerBytes; at < bytes.length;) {
    const id = bytes[at]!
    const size = readNumber(bytes, at + 1)
    const end = size.end + size.value
    const content = bytes.subarray(size.end, end)
    parts.push(id === memorySection ? section(id, limited(content, pagesMax)) : bytes.subarray(at, end))
    at = end
  }
  return new Uint8Array(Buffer.concat(parts))
}

function limited(content: Uint8Array, pagesMax: number): number[] {
  const count = readNumber(content, 0)
  if (count.value === 0) return [0]
  const flags = content[count.end]!
  if (count.value > 1 || flags > 1) throw invalid('has more than one memory, or one that is shared or of 64 bits')
  const least = readNumber(content, count.end + 1)
  const most = flags === 1 ? readNumber(content, least.end).value : pagesMax
  if (least.value > pagesMax) {
    throw invalid(`begins with ${least.value} pages of memory; the limit is ${pagesMax} (\`memoryMbMax\`)`)
  }
  return [1, 1, ...numberBytes(least.value), ...numberBytes(Math.min(most, pagesMax))]
}

function section(id: number, content: number[]): Uint8Array {
  return Uint8Array.from([id, ...numberBytes(content.length), ...content])
}

/** LEB128, as all numbers of the format. */
function readNumber(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0
  for (let shift = 0, end = at; shift < 35; shift += 7) {
    const byte = bytes[end++]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return { value, end }
  }
  throw invalid('is cut off or damaged')
}

function numberBytes(value: number): number[] {
  const low = value % 128
  const rest = (value - low) / 128
  return rest === 0 ? [low] : [low + 128, ...numberBytes(rest)]
}

export function invalid(what: string, cause?: unknown): FiberWorkError {
  return new FiberWorkError('FW_WASM_INVALID', `The WebAssembly module ${what}.`, { cause })
}
