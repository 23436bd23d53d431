/**
 * Where bodies lie that are too large for a message. S3 fits, and anything that keeps text by a key. A body is deleted after its job is
 * done; one whose job's process died in between stays behind, so that the store should let objects expire by themselves.
 */
export interface BodyStore {
  put(key: string, body: string): Promise<void>
  /** Undefined when there is none. */
  get(key: string): Promise<string | undefined>
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>
}
