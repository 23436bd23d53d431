/**
 * A web server that enqueues and a worker that works, two processes on one SQLite file.
 *
 * The server answers with the result when it comes soon, and with 202 and an address to ask at when it does not. `web.ts`
 * imports the definition only (`resize.ts`), `worker.ts` the handler: the server never loads what does the work.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'fiber-work-example-'))
const env = { ...process.env, STORE: `sqlite:${join(folder, 'jobs.db')}` }
const web = fork(new URL('web.ts', import.meta.url), { env })
const worker = fork(new URL('worker.ts', import.meta.url), { env })
const [[port]] = (await Promise.all([once(web, 'message'), once(worker, 'message')])) as [[number], unknown]

for (const width of [100, 200, 9_000, -1]) {
  const response = await fetch(`http://127.0.0.1:${port}/resize`, { method: 'POST', body: JSON.stringify({ width }) })
  const answer = (await response.json()) as { at?: string }
  console.log(`width ${String(width).padStart(5)}: ${response.status} ${JSON.stringify(answer)}`)
  if (response.status !== 202) continue
  // It takes longer than the server wanted to wait: ask again until it is there.
  for (let state = ''; state !== 'done';) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    ;({ state } = (await (await fetch(`http://127.0.0.1:${port}${answer.at}`)).json()) as { state: string })
  }
  console.log(`                ${answer.at?.replace(/[^/]+$/, '…')} is done`)
}

for (const child of [web, worker]) {
  child.kill('SIGTERM')
  await once(child, 'exit')
}
rmSync(folder, { recursive: true })
