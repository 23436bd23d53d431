import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { vi } from 'vitest'
import { main } from '../../src/cli/main.ts'

export interface Inside {
  code: number
  stdout: string
  stderr: string
}

/**
 * The command line inside of the test's process: quick, and seen by the coverage. The test mocks src/cli/process.ts, so that
 * nothing ends the process.
 */
export class InsideProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'fiber-work-inside-'))
  readonly #home = process.cwd()

  constructor() {
    process.chdir(this.folder)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    writeFileSync(join(this.folder, path), text)
  }

  /** Arguments as a shell would split them, single quotes included. */
  async run(args: string): Promise<Inside> {
    const argv = [...args.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)
    const said = { stdout: '', stderr: '' }
    const spies = (['stdout', 'stderr'] as const).map((stream) =>
      vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
        said[stream] += String(chunk)
        return true
      }),
    )
    process.exitCode = undefined
    try {
      await main(argv)
      return { code: Number(process.exitCode ?? 0), ...said }
    } finally {
      process.exitCode = undefined
      for (const spy of spies) spy.mockRestore()
    }
  }

  async json<T = Record<string, unknown>>(args: string): Promise<T> {
    const { stdout, stderr } = await this.run(`${args} --json`)
    try {
      return JSON.parse(stdout) as T
    } catch {
      throw new Error(`not one JSON document: ${stdout}\n${stderr}`)
    }
  }

  remove(): void {
    process.chdir(this.#home)
    rmSync(this.folder, { recursive: true, force: true })
  }
}
