import { ApiError } from '../../../src/client.ts'
import { api } from './api.ts'
import { session, signedIn, signedOut } from './session.ts'

/** Ask who we are: by the cookie, or as whoever is on this machine. Throws only when nobody answers. */
export async function askWhoWeAre(): Promise<void> {
  try {
    signedIn(await api.access.whoami())
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
  }
}

/** Open a session with a token. Throws `ApiError`: 401 for one that is not known. */
export async function signIn(token: string): Promise<void> {
  const before = session.peek()
  try {
    await api.transport.call({ method: 'POST', path: '/v1/session', body: { token } })
    signedIn(await api.access.whoami())
  } catch (error) {
    session.value = before
    throw error
  }
}

export async function signOut(): Promise<void> {
  await api.transport.call({ method: 'DELETE', path: '/v1/session' })
  signedOut()
}
