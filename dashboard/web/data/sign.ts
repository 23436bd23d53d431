import { ApiError } from '../../../src/client.ts'
import { api } from './api.ts'
import { signedIn, signedOut } from './session.ts'

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
  signedIn(await api.access.login(token))
}

export async function signOut(): Promise<void> {
  await api.access.logout()
  signedOut({ expired: false })
}
