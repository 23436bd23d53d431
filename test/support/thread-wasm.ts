import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineJob, unchecked, wasm } from '../../src/index.ts'
import { growing, module, type Parts, shouting, spinning, trapping } from './wasm.ts'

// WebAssembly that tests run in threads.

/** Each thread writes the same file: the process has one of each. */
function written(name: string, parts: Parts): URL {
  const path = join(tmpdir(), `fiber-work-test-${process.pid}-${name}.wasm`)
  writeFileSync(path, module(parts))
  return pathToFileURL(path)
}

const options = { lane: 'thread', queue: 'wasm', attempts: 1, input: unchecked<unknown>() } as const

export const shouts = defineJob('shouts', options, wasm(written('shouts', shouting)))
export const traps = defineJob('traps', options, wasm(written('traps', trapping)))
export const grows = defineJob('grows', options, wasm(written('grows', growing(100)), { memoryMbMax: 4 }))
export const spins = defineJob('spins', { ...options, timeoutMs: 100 }, wasm(written('spins', spinning)))
