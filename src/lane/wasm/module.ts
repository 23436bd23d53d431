import { readFile } from 'node:fs/promises'
import { engine, type WasmModule } from './engine.ts'
import { invalid, pageBytes, withMemoryMax } from './memory.ts'

/** The one thing that a module may import: `fiber_work.log(level, ptr, len)`. */
export const logModule = 'fiber_work'
const needed = { memory: 'memory', alloc: 'function', run: 'function' }

/** What is compiled, for each file and limit, once a thread. */
const compiled = new Map<string, Promise<WasmModule>>()

/** Throws `FW_WASM_INVALID`. */
export function loadModule(file: string, memoryMbMax: number): Promise<WasmModule> {
  const key = `${memoryMbMax} ${file}`
  let module = compiled.get(key)
  if (module === undefined) {
    compiled.set(key, (module = compile(file, memoryMbMax)))
    // What is missing today may lie there when the job is tried again.
    module.catch(() => compiled.delete(key))
  }
  return module
}

async function compile(file: string, memoryMbMax: number): Promise<WasmModule> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw invalid(`${file} cannot be read`, cause)
  })
  const limited = withMemoryMax(bytes, (memoryMbMax * 2 ** 20) / pageBytes)
  const module = await engine.compile(limited).catch((cause: unknown) => {
    throw invalid(`${file} cannot be compiled (${(cause as Error).message})`, cause)
  })
  const problem = problemOf(module)
  if (problem !== undefined) throw invalid(`${file} ${problem}`)
  return module
}

function problemOf(module: WasmModule): string | undefined {
  const foreign = engine.Module.imports(module).find(({ module, name }) => module !== logModule || name !== 'log')
  if (foreign !== undefined) {
    return `imports ${foreign.module}.${foreign.name}; all it may import is ${logModule}.log (there is no WASI)`
  }
  const kinds = new Map(engine.Module.exports(module).map(({ name, kind }) => [name, kind]))
  const lacking = Object.entries(needed).find(([name, kind]) => kinds.get(name) !== kind)
  return lacking === undefined ? undefined : `does not export the ${lacking[1]} \`${lacking[0]}\``
}
