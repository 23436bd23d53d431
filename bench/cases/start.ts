import type { Case } from '../lib/case.ts'

export default {
  name: 'start',
  asks: 'CPU of `fiber-work --help` and of `import "fiber-work"`, built',
  baseline: 'node -e 0',
  rounds: 11,
  contenders: [
    { name: 'fiber-work --help', script: 'start', args: { command: 'help' } },
    { name: "import 'fiber-work'", script: 'start', args: { command: 'import' } },
    { name: 'node -e 0', script: 'start', args: { command: 'bare' } },
  ],
  metrics: [{ name: 'cpuMs', unit: 'ms CPU', better: 'less' }],
} satisfies Case
