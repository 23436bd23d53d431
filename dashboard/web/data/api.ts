import { ApiClient, ApiError, apiClient, type Transport } from '../../../src/client.ts'
import { signedOut } from './session.ts'

/** Where the page is mounted, with the slash at its end: the API is beside it. */
export const baseUrl = new URL('.', document.baseURI)

/**
 * A question is answered within this, or asked again: a browser has six connections, and those that nothing comes through any more are not to keep
 * the others' place for long.
 */
const timeoutMs = 15_000

const { transport } = apiClient(baseUrl.href, { timeoutMs })

/** Everything that the page asks: as whom one is known comes with the cookie. */
export const api = new ApiClient(noticingSignOut(transport))

/** A session that has ended brings the login, wherever one is. */
function noticingSignOut(inner: Transport): Transport {
  const noticing = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
    try {
      return await asked
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) signedOut({ expired: true })
      throw error
    }
  }
  return {
    call: (request) => noticing(inner.call(request)),
    stream: (request) => noticing(inner.stream(request)),
  }
}
