import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeProject, type Project, root } from '../support/project.ts'

const quiet = '--no-audit --no-fund --prefer-offline --loglevel=error'

/** What `npm publish` would upload; the e2e setup has built dist/ already. */
export function pack(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-packed-'))
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const [packed] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as { filename: string }[]
  return join(folder, packed?.filename ?? '')
}

/** An empty project with a fixture's files, into which the tarball is installed as a user would. */
export async function consumer(fixture: string, tarball: string, type: string, packages: string[]): Promise<Project> {
  const project = makeProject({ type, private: true })
  cpSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), project.folder, { recursive: true })
  const { end, stderr } = await project.run(`npm install ${quiet} ${[tarball, ...packages].join(' ')}`)
  if (end !== 0) throw new Error(`npm install ended with ${end}: ${stderr}`)
  // The compiler and the types of Node come from the checkout: they are not what is tested, and 30 MB.
  for (const name of ['@types/node', 'undici-types']) {
    const path = join(project.folder, 'node_modules', name)
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), path)
  }
  return project
}

export const compile = `node ${join(root, 'node_modules/typescript/bin/tsc')} --pretty false -p`

export interface Target {
  url: string
  /** How many requests came. */
  hits: number
  close(): void
}

/** Where the webhooks go. */
export async function target(): Promise<Target> {
  const server: Server = createServer((request, response) => {
    result.hits++
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{"ok":true}'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const result = {
    url: `http://127.0.0.1:${port}/hook`,
    hits: 0,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return result
}
