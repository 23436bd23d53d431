import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  growing,
  module,
  op,
  type Parts,
  refusing,
  sameAnswer,
  shouting,
  trapping,
} from '../../../test/support/wasm.ts'
import type { JobContext } from '../../index.ts'
import { defineJob, unchecked, wasm, type WasmOptions } from '../../index.ts'
import { withMemoryMax } from './memory.ts'

let folder: string
let files = 0

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiber-work-wasm-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a module as a handler would, here and now; answers what it returned, or its error. */
async function ran(bytes: Uint8Array, input: unknown, options?: WasmOptions) {
  const path = join(folder, `${files++}.wasm`)
  writeFileSync(path, bytes)
  const lines: string[] = []
  const log = { debug() {}, info: (text: string) => lines.push(text), warn() {}, error() {} }
  const run = wasm(pathToFileURL(path), options)
  const answer: unknown = await Promise.resolve(run(input, { log } as unknown as JobContext)).catch(
    (error: unknown) => error,
  )
  return { answer, lines }
}

describe('a WebAssembly handler', () => {
  it('gets JSON and gives JSON, and has the log of its job', async () => {
    const { answer, lines } = await ran(module(shouting), { a: ['héllo', 1] })
    expect(answer).toEqual({ A: ['HéLLO', 1] })
    expect(lines).toEqual(['{"a":["héllo",1]}'])
  })
})

describe('memory', () => {
  it('grows up to its limit and no further', async () => {
    expect((await ran(module(growing(15)), 'fits', { memoryMbMax: 1 })).answer).toBe('fits')
    expect((await ran(module(growing(16)), 'too much', { memoryMbMax: 1 })).answer).toMatchObject({
      name: 'RuntimeError',
      message: 'unreachable',
    })
  })

  it('keeps a lower limit of its own, and is refused when it begins above ours', async () => {
    const own: Parts = { ...growing(2), pages: { least: 1, most: 2 } }
    expect((await ran(module(own), 1)).answer).toMatchObject({ message: 'unreachable' })
    const big: Parts = { run: sameAnswer, pages: { least: 17 } }
    expect((await ran(module(big), 1, { memoryMbMax: 1 })).answer).toMatchObject({ code: 'FW_WASM_INVALID' })
    expect((await ran(module(big), 1, { memoryMbMax: 2 })).answer).toBe(1)
  })

  it('leaves everything else of a module as it is', () => {
    const limit = { least: 1, most: 300 }
    expect(withMemoryMax(module({ run: sameAnswer }), 300)).toEqual(module({ run: sameAnswer, pages: limit }))
  })
})

describe('fails its job', () => {
  it('with the message of a trap, and with the text that it tells itself', async () => {
    expect((await ran(module(trapping), 1)).answer).toMatchObject({ name: 'RuntimeError', message: 'unreachable' })
    expect((await ran(module(refusing), 1)).answer).toMatchObject({ message: 'it is too small' })
  })

  const invalid: [string, Uint8Array, RegExp][] = [
    ['no module', Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), /cannot be compiled/],
    ['one that is cut off', module(shouting).subarray(0, 60), /cut off|cannot be compiled/],
    ['no run', module({ run: sameAnswer, without: 'run' }), /function `run`/],
    ['no memory', module({ run: sameAnswer, without: 'memory' }), /memory `memory`/],
    ['foreign imports', module({ run: sameAnswer, imports: ['wasi_snapshot_preview1', 'fd_write'] }), /no WASI/],
    ['an answer outside of memory', module({ run: [op.i64((1n << 60n) | 9n)] }), /outside of its memory/],
    ['an answer that is no JSON', module({ run: [op.i64((0n << 32n) | 4n)] }), /not JSON/],
  ]
  it.each(invalid)('%s', async (_, bytes, message) => {
    const { answer } = await ran(bytes, 1)
    expect(answer).toMatchObject({ code: 'FW_WASM_INVALID' })
    expect((answer as Error).message).toMatch(message)
  })

  it('a file that is not there', async () => {
    const run = wasm('./nowhere.wasm')
    await expect(run(1, {} as JobContext)).rejects.toThrow(/lane[\\/]wasm[\\/]nowhere\.wasm cannot be read/)
  })
})

it('needs the thread lane, and a sane limit', () => {
  expect(() => defineJob('x', { input: unchecked() }, wasm('./x.wasm'))).toThrow(/lane: 'thread'/)
  expect(() => wasm('./x.wasm', { memoryMbMax: 5_000 })).toThrow(/1 to 4096/)
})
