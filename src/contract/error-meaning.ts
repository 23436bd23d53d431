/** What a code means. `retryable` says whether the same call may succeed later without anybody changing anything. */
export interface ErrorMeaning {
  retryable: boolean
  meaning: string
  remedy: string
}
