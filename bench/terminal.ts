// `node bench/terminal.ts`: what the terminal dashboard costs at 10,000 in flight, in a real terminal: the CPU of its process beyond what its source
// takes, and the bytes a second that it writes while nobody touches it. It takes two minutes, and needs tmux.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Terminal } from '../test/support/tmux.ts'

const program = fileURLToPath(new URL('../test/support/dashboard-main.ts', import.meta.url))
const measureMs = 10_000
const sizes = [
  [80, 24],
  [120, 36],
  [250, 70],
] as const
const tabs = { home: '1', dead: '4', workers: '7' }

interface Cost {
  /** Of a core. */
  cpuPercent: number
  bytesPerS: number
}

async function measure(columns: number, rows: number, key: string, options: object): Promise<Cost> {
  using terminal = new Terminal(columns, rows)
  await terminal.shows('ready>')
  const json = JSON.stringify({ fibers: 10_000, measureMs, ...options })
  terminal.run(`'${process.execPath}' '${program}' '${terminal.logFile}' '${json}'`)
  await sleep(2_000)
  terminal.type(key)
  const find = () => /cpu ([\d.]+) %, (\d+) bytes/.exec(terminal.log().join('\n'))
  await terminal.until(() => find() !== null, 'has measured', measureMs + 30_000)
  const [, cpu, bytes] = find()!
  return { cpuPercent: Number(cpu), bytesPerS: Number(bytes) }
}

const bare = await measure(80, 24, '1', { bare: true })
console.log(`the source alone: ${bare.cpuPercent} % of a core`)
for (const [columns, rows] of sizes) {
  for (const [tab, key] of Object.entries(tabs)) {
    const { cpuPercent, bytesPerS } = await measure(columns, rows, key, {})
    const own = Math.max(0, cpuPercent - bare.cpuPercent).toFixed(2)
    console.log(
      `${columns} × ${rows} ${tab.padEnd(8)} ${own.padStart(6)} % of a core  ${String(bytesPerS).padStart(6)} bytes/s`,
    )
  }
}
