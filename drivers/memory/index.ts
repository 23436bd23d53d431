export { memoryDriver } from './driver.ts'
export type { MemoryOptions } from './options.ts'
export { createMemoryStore } from './store.ts'
export type { MemoryStore } from './store.ts'
