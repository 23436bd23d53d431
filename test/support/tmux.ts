import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Why a test in a real terminal cannot run here; undefined when it can. */
export function tmuxMissing(): string | undefined {
  const { status } = spawnSync('tmux', ['-V'])
  if (status === 0) return undefined
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1')
    throw new Error('tmux is not installed, and FIBER_WORK_REQUIRE_SERVICES=1')
  return 'tmux is not installed'
}

let started = 0

/** A shell in a real terminal of its own. */
export class Terminal {
  readonly folder = mkdtempSync(join(tmpdir(), 'fiber-work-tmux-'))
  readonly logFile = join(this.folder, 'log')
  private readonly server = `fiber-work-${process.pid}-${(started += 1)}`

  constructor(columns: number, rows: number) {
    const size = ['-x', String(columns), '-y', String(rows)]
    // LC_ALL for the shell and what it starts; a prompt of its own, so that what is left on the screen can be told.
    const shell = "env -u NO_COLOR -u FIBER_WORK_ASCII LC_ALL=C.UTF-8 PS1='ready> ' bash --norc --noprofile"
    this.tmux('-u', '-f', '/dev/null', 'new-session', '-d', ...size, shell)
  }

  tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.server, ...args], { encoding: 'utf8' })
  }

  type(...keys: string[]): void {
    for (const key of keys) this.tmux('send-keys', key)
  }

  run(command: string): void {
    this.tmux('send-keys', '-l', command)
    this.type('Enter')
  }

  screen(): string {
    return this.tmux('capture-pane', '-p')
  }

  /** With the escape sequences of its colours. */
  colours(): string {
    return this.tmux('capture-pane', '-e', '-p')
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** `alternate_on`, `cursor_flag` and the like. */
  flag(name: string): string {
    return this.tmux('display-message', '-p', `#{${name}}`).trim()
  }

  log(): string[] {
    try {
      return readFileSync(this.logFile, 'utf8').trim().split('\n')
    } catch {
      return []
    }
  }

  /** Waits until it holds, and fails with what is on the screen. */
  async until(holds: () => boolean, what: string, limitMs = 15_000): Promise<void> {
    const end = performance.now() + limitMs
    while (!holds()) {
      if (performance.now() > end)
        throw new Error(`not within ${limitMs} ms: ${what}\n${this.screen()}\n${this.log().join('\n')}`)
      await sleep(50)
    }
  }

  async shows(text: string | RegExp): Promise<void> {
    await this.until(
      () => (typeof text === 'string' ? this.screen().includes(text) : text.test(this.screen())),
      `shows ${text}`,
    )
  }

  async logs(line: string): Promise<void> {
    await this.until(() => this.log().includes(line), `logs ${line}`)
  }

  /** The process id of the server, which plays the part of the far end of an ssh. */
  serverPid(): number {
    return Number(this.flag('pid'))
  }

  kill(): void {
    spawnSync('tmux', ['-L', this.server, 'kill-server'])
  }

  [Symbol.dispose](): void {
    this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
