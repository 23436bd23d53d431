import { Http } from 'fiber-work'

export interface Robots {
  crawlDelayMs: number
  disallow: string[]
}

/** What a host wishes of robots. Real ones need a real parser; these two lines are the ones that matter here. */
export async function readRobots(site: string): Promise<Robots> {
  const response = await Http.get(`${site}/robots.txt`)
  const text = response.ok ? await response.text() : ''
  const values = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}: *(.+)$`, 'gim'))].map(([, value = '']) => value)
  return { crawlDelayMs: Number(values('crawl-delay')[0] ?? 0) * 1_000, disallow: values('disallow') }
}
