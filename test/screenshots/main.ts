// `npm run screenshots`: the pictures of the README, of both dashboards on the scene (test/scene), into docs/screenshots/.
// It takes two minutes, and needs Chromium ($CHROMIUM or /usr/bin/chromium) and tmux.
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { apiClient } from 'fiber-work/client'
import { startScene } from '../scene/scene.ts'
import { launchChromium } from '../support/chromium.ts'
import { photographPage } from './page.ts'
import { photographTerminal } from './terminal.ts'

const folder = fileURLToPath(new URL('../../docs/screenshots', import.meta.url))
mkdirSync(folder, { recursive: true })

await using scene = await startScene({ webhooks: 250_000 })
const api = apiClient(scene.url)
await using browser = await launchChromium()
await busy()
const [dead] = (await api.jobs.list({ states: ['dead'], queue: 'webhooks' }, { limit: 1 })).jobs
await photographPage(browser, { url: scene.url, folder, deadJob: dead!.id })
await photographTerminal(browser, { url: scene.url, folder })

/** Ten thousand are in flight and many have failed; then a moment more, for charts that have something to show and a report that blocks. */
async function busy(): Promise<void> {
  const end = performance.now() + 90_000
  for (;;) {
    const queues = await api.queues.list()
    const running = queues.reduce((sum, queue) => sum + queue.running, 0)
    const dead = queues.reduce((sum, queue) => sum + queue.dead, 0)
    if (running >= 10_000 && dead > 300) break
    if (performance.now() > end) throw new Error(`not within 90 s: 10,000 in flight (${running}), 300 dead (${dead})`)
    await sleep(500)
  }
  await sleep(20_000)
}
