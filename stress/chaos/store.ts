import { dirname } from 'node:path'
import { temporaryStore } from '../run/store.ts'

/** Where the jobs of one cell live: made for it, and gone with it. */
export interface ChaosStore extends AsyncDisposable {
  /** For whoever judges: no fault is done to this way. */
  readonly url: string
  /** For the workers. */
  readonly workerUrl: string
  /** A folder that goes with it. */
  readonly folder: string
}

export interface OpenOptions {
  /** The workers go through a proxy, where there is one. */
  proxied?: boolean
}

export type OpenStore<Store extends ChaosStore = ChaosStore> = (options?: OpenOptions) => Promise<Store>

/** A file of its own. */
export async function sqliteStore(): Promise<ChaosStore> {
  const { url, path, remove } = temporaryStore()
  return { url, workerUrl: url, folder: dirname(path), [Symbol.asyncDispose]: async () => remove() }
}
