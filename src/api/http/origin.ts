/** The headers by which a browser tells where a request comes from. */
export interface FromWhere {
  host: string | undefined
  origin: string | undefined
  fetchSite: string | undefined
}

/** Does a page that we served send this, and its browser say so? What carries a cookie and changes something has to. */
export function isOwnPage(from: FromWhere): boolean {
  return from.fetchSite === undefined ? from.origin !== undefined && !isForeign(from) : from.fetchSite === 'same-origin'
}

/**
 * Does a page of somebody else send this? A browser says so itself (`Sec-Fetch-Site`), or names the page (`Origin`); programs say neither. A page on another port of
 * this machine is somebody else.
 */
export function isForeign({ host, origin, fetchSite }: FromWhere): boolean {
  if (fetchSite !== undefined) return fetchSite !== 'same-origin' && fetchSite !== 'none'
  if (origin === undefined) return false
  try {
    return new URL(origin).host !== host?.toLowerCase()
  } catch {
    return true
  }
}
