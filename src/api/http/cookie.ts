/** Where a session begins and ends. */
export const sessionPath = '/v1/session'
/** The cookie that holds the id of a session. */
const cookieName = 'fiber-work-session'
/** An id of 32 bytes in base64url. */
const idPattern = /^[\w-]{43}$/

/** The id in a `cookie` header; undefined without one that could be ours. */
export function sessionIdIn(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value = ''] = pair.trim().split('=', 2)
    if (name === cookieName && idPattern.test(value)) return value
  }
  return undefined
}

export interface CookieOptions {
  /** Browsers send it over TLS alone. */
  secure: boolean
  /** Below which path: that of the page. */
  path: string
}

/** `set-cookie` for a session of so many seconds; 0 takes it away. No script reads it, and no link or form of another site carries it. */
export function sessionCookie(id: string, seconds: number, { secure, path }: CookieOptions): string {
  return `${cookieName}=${id}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}
