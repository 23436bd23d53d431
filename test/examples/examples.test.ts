import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { missingLine } from '../readme/output.ts'
import { sharedNats } from '../support/nats.ts'
import { root } from '../support/project.ts'

const folder = join(root, 'examples')

/** What each example prints; `…` stands for anything. */
const transcripts: Record<string, string> = {
  'compute-in-threads': `
    pings: 1000 done
    picture 0: brightness 127
    picture 1: brightness 124
    picture 5: brightness 126
    broken picture: FW_HANDLER_TIMEOUT]: The job ran longer than its 300 ms (\`timeoutMs\`).
    the event loop was late by … ms in the middle`,
  'fan-out-gather': `
    … %  … %
    { the: 6000, quick: 6000, fox: 6000, jumps: 6000 }
    attempts of the gathering job that counted: 1`,
  'hourly-archive': `
    the first hour once more: duplicate
    2026-01-01-13: The job … is dead: GiveUp: there is no such hour
    9200 events in 23 of 24 hours
    3956  PushEvent`,
  'multi-tenant': `
    megacorp      2000 jobs, the last one as number …
    corner_shop     20 jobs, the last one as number …
    the corner shop waited for … jobs of others before its first, not for 2,600`,
  'nats-driver': `
    late answers, attempt 1
    moody answers, attempt 2
    one answers, attempt 1
    plain answers, attempt 1
    two answers, attempt 1
    ready 0, running 0, delayed 0`,
  'polite-scraping': `
    2 sites in … ms
    20 pages, page 00 to page 19, at least … ms apart
    8 pages, page 00 to page 07, at least … ms apart`,
  'tenants-apart': `
    2000 orders of 100 tenants; 0 saw something of another
    100 price lists were loaded
    shop-0 2000
    shop-99 3980
    FiberWorkError: The job "order" belongs to the tenant "shop-2", and "mallory" to "shop-1".`,
  'transactional-enqueue': `
    order 2: an order of nothing; neither the order nor its job exists
    order 1: a chair, confirmed
    order 3: a table, confirmed
    jobs done: 2, dead: 0`,
  'transfer-with-enqueue': `
    Ada: 800
    Bob: 200
    Ada → Bob: 300
    Bob → Ada: 100
    jobs done: 4, dead: 1`,
  'web-and-worker': `
    width   100: 200 {"width":100,"height":56,"by":"worker"}
    width  9000: 202 {"at":"/jobs/…"}
    /jobs/… is done
    width    -1: 400 {"error":"The input of … is not valid. \`width\`: …"}`,
  'webhook-delivery': `
    the same event once more: duplicate
    prompt  20 delivered, 0 given up; 20 requests, 20 events
    moody   20 delivered, 0 given up; 40 requests, 20 events
    gone    0 delivered, 20 given up; 20 requests, 0 events`,
}

test('every example has a transcript here', () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(folders.map(({ name }) => name).toSorted()).toEqual(Object.keys(transcripts).toSorted())
})

test.for(Object.entries(transcripts))('examples/%s', async ([name, transcript], context) => {
  context.skip(name === 'nats-driver' && (await sharedNats()) === undefined, 'needs NATS')
  const printed = await run(name)
  expect(missingLine(transcript, printed), printed).toBeUndefined()
})

test('the small tenant gets its turn at once', async () => {
  const printed = await run('multi-tenant')
  const place = Number(/corner_shop +20 jobs, the last one as number (\d+) of/.exec(printed)?.[1])
  expect(place).toBeGreaterThan(20)
  expect(place).toBeLessThan(300)
})

test('no host is asked faster than it wishes', async () => {
  const gaps = [...(await run('polite-scraping')).matchAll(/at least (\d+) ms apart/g)].map(([, ms]) => Number(ms))
  // Jobs are taken at a pace; what comes between taking and asking may bring two of them some milliseconds nearer.
  expect(gaps[0]).toBeGreaterThan(60)
  expect(gaps[1]).toBeGreaterThan(200)
})

/** As a reader starts it. It must end by itself, with 0. */
async function run(name: string): Promise<string> {
  const env = { ...process.env, ...(name === 'nats-driver' && { NATS_URL: await sharedNats() }) }
  const child = spawn(process.execPath, [join(folder, name, 'main.ts')], { cwd: root, timeout: 60_000, env })
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  expect(code, stdout + stderr).toBe(0)
  return stdout
}
