import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const needs = 'needs nats-server on the PATH'
let started: Promise<string | undefined> | undefined

/**
 * The URL of a NATS server with JetStream that tests may share, each under a prefix of its own: `NATS_URL`, what listens on the
 * standard port, or one that is started for this process. Undefined where there is none: skip, and say `needs NATS`.
 */
export async function sharedNats(): Promise<string | undefined> {
  const given = process.env['NATS_URL']
  if (given !== undefined && given !== '') return given
  if (await listens(4222)) return 'nats://127.0.0.1:4222'
  const url = await (started ??= start())
  if (url === undefined && process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(needs)
  return url
}

async function start(): Promise<string | undefined> {
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-nats-'))
  const server = spawn('nats-server', ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', folder], {
    stdio: 'ignore',
  })
  let failed = false
  server.once('error', () => (failed = true))
  process.once('exit', () => {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  for (let tries = 0; tries < 100 && !failed; tries++) {
    if (await listens(port)) return `nats://127.0.0.1:${port}`
    await sleep(50)
  }
  return undefined
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (listening: boolean) => (socket.destroy(), resolve(listening))
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}
