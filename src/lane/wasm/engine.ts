/** The little of WebAssembly that is used here: the types of Node do not name it. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module'
}

export type WasmFunction = (...args: (number | bigint)[]) => number | bigint | undefined

export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

export interface WasmPart {
  module: string
  name: string
  kind: string
}

interface Engine {
  compile(bytes: Uint8Array): Promise<WasmModule>
  instantiate(
    module: WasmModule,
    imports: Record<string, Record<string, WasmFunction>>,
  ): Promise<{ exports: Record<string, unknown> }>
  Module: {
    imports(module: WasmModule): WasmPart[]
    exports(module: WasmModule): Omit<WasmPart, 'module'>[]
  }
}

export const engine: Engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly
