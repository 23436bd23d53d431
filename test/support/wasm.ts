/** As much of an assembler for WebAssembly as its tests need: modules of the interface of `wasm()`, put together byte by byte. */

export type Code = (number | readonly number[])[]

const i32 = 0x7f
const i64 = 0x7e

/** LEB128, unsigned. */
const u = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...u(Math.floor(value / 128))])
/** LEB128, signed. */
const s = (value: bigint): number[] => {
  const low = Number(BigInt.asUintN(7, value))
  const rest = value >> 7n
  const isLast = (rest === 0n && low < 64) || (rest === -1n && low >= 64)
  return isLast ? [low] : [low + 128, ...s(rest)]
}
const text = (value: string) => [...u(value.length), ...Buffer.from(value)]
const vector = (items: number[][]) => [...u(items.length), ...items.flat()]
const section = (id: number, content: number[]) => [id, ...u(content.length), ...content]

export const op = {
  unreachable: 0x00,
  loop: [0x03, 0x40],
  block: [0x02, 0x40],
  if: [0x04, 0x40],
  end: 0x0b,
  drop: 0x1a,
  add: 0x6a,
  and: 0x71,
  eq: 0x46,
  lessUnsigned: 0x49,
  greaterUnsigned: 0x4b,
  or64: 0x84,
  shiftLeft64: 0x86,
  extend: 0xad,
  br: (depth: number) => [0x0c, depth],
  brIf: (depth: number) => [0x0d, depth],
  call: (index: number) => [0x10, index],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  global: { get: [0x23, 0], set: [0x24, 0] },
  load8: [0x2d, 0, 0],
  store8: [0x3a, 0, 0],
  grow: [0x40, 0],
  i32: (value: number) => [0x41, ...s(BigInt(value))],
  i64: (value: bigint) => [0x42, ...s(value)],
}

/** What `run` got, as its answer: `ptr << 32 | len`. */
export const sameAnswer: Code = [
  ...[op.get(0), op.extend, op.i64(32n), op.shiftLeft64],
  ...[op.get(1), op.extend, op.or64],
]

export interface Parts {
  /** Of `run(ptr, len)`; local 2 is free to use. */
  run: Code
  /** What `error()` answers, a text in memory. */
  error?: string
  /** Another name than `fiber_work.log` for the one import. */
  imports?: [string, string]
  pages?: { least: number; most?: number }
  /** Leave this export out. */
  without?: string
}

/** A module with `memory`, a bump `alloc`, and this `run`. Function 0 is the import. */
export function module({
  run,
  error,
  imports = ['fiber_work', 'log'],
  pages = { least: 1 },
  without,
}: Parts): Uint8Array {
  const types = [
    [0x60, ...u(3), i32, i32, i32, 0],
    [0x60, ...u(1), i32, 1, i32],
    [0x60, ...u(2), i32, i32, 1, i64],
    [0x60, 0, 1, i64],
  ]
  const alloc: Code = [op.global.get, op.global.get, op.get(0), op.add, op.global.set]
  const bodies: Code[] = [alloc, run, [op.i64((16n << 32n) | BigInt(error?.length ?? 0))]]
  const exported: [string, number, number][] = [
    ['memory', 2, 0],
    ['alloc', 0, 1],
    ['run', 0, 2],
    ...(error === undefined ? [] : [['error', 0, 3] as [string, number, number]]),
  ]
  const memory = pages.most === undefined ? [0, ...u(pages.least)] : [1, ...u(pages.least), ...u(pages.most)]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([[...text(imports[0]), ...text(imports[1]), 0, 0]])),
    ...section(3, vector([[1], [2], [3]])),
    ...section(5, vector([memory])),
    ...section(6, vector([[i32, 1, ...op.i32(1_024), op.end]])),
    ...section(
      7,
      vector(exported.filter(([name]) => name !== without).map(([name, kind, at]) => [...text(name), kind, at])),
    ),
    ...section(10, vector(bodies.map((body) => bodyOf(body)))),
    ...section(11, vector([[0, ...op.i32(16), op.end, ...text(error ?? '')]])),
  ])
}

/** One local of 32 bits beside the arguments. */
function bodyOf(code: Code): number[] {
  const bytes = [1, 1, i32, ...code.flat(), op.end]
  return [...u(bytes.length), ...bytes]
}

/** Tells its log what it got, and answers with the small letters as capitals. */
export const shouting: Parts = {
  run: [
    ...[op.i32(1), op.get(0), op.get(1), op.call(0)],
    ...[op.get(0), op.set(2)],
    op.loop,
    ...[op.get(2), op.load8, op.i32(96), op.greaterUnsigned],
    ...[op.get(2), op.load8, op.i32(123), op.lessUnsigned, op.and],
    ...[op.if, op.get(2), op.get(2), op.load8, op.i32(0xdf), op.and, op.store8, op.end],
    ...[op.get(2), op.i32(1), op.add, op.set(2)],
    ...[op.get(2), op.get(0), op.get(1), op.add, op.lessUnsigned, op.brIf(0)],
    op.end,
    ...sameAnswer,
  ],
}

export const trapping: Parts = { run: [op.unreachable] }
export const spinning: Parts = { run: [op.loop, op.br(0), op.end, op.unreachable] }
export const refusing: Parts = { run: sameAnswer, error: 'it is too small' }
/** Traps when it does not get so many pages more. */
export const growing = (pages: number): Parts => ({
  run: [op.i32(pages), op.grow, op.i32(-1), op.eq, op.if, op.unreachable, op.end, ...sameAnswer],
})
