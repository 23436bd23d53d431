import { spawnSync } from 'node:child_process'

/** Show the cursor, no mouse, normal keys, no bracketed paste, plain colours, and the screen that was there before. */
const restore = '\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1l\x1b>\x1b[?2004l\x1b[0m\x1b[?1049l'

/** A process that was killed could not give the terminal back: screen, cursor, echo and line mode. */
export function giveTerminalBack(): void {
  if (process.stdout.isTTY) process.stdout.write(restore)
  if (process.stdin.isTTY) spawnSync('stty', ['sane'], { stdio: ['inherit', 'ignore', 'ignore'] })
}
