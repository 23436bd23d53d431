import { fitLine, say, wrap, type Line } from '../line.ts'
import type { World } from '../view.ts'

const keys: [string, string][] = [
  ['1 … 5', 'home, queues, running, dead, definitions'],
  ['tab  shift-tab', 'next and previous table of the home screen, or tab'],
  ['↑ ↓  k j', 'move the selection; page up and down, home and end too'],
  ['enter', 'everything about the selected job'],
  ['esc', 'back: leave a job, drop the filter, leave the table'],
  ['space  p', 'pause or resume: the selected queue, else all of this worker'],
  ['+ −', 'concurrency up and down a step; c to type it'],
  ['r', 'run the selected dead job again, from its first attempt'],
  ['x', 'drop the selected dead job, cancel a running one (asks first)'],
  ['/', 'show only rows that contain these words'],
  ['s', 'sort the table by its next column'],
  ['q  ctrl-c', 'quit: drain first; a second time: stop now'],
]

const meanings: [string, string][] = [
  ['fibers running', 'handlers in flight, of the concurrency set; waiting: taken, start is paced'],
  ['cut to', 'fewer are taken than allowed, so that the process stays well; the reason stands beside it'],
  ['done, failed', 'attempts that ended in the last two seconds; failed: retried, dead, quarantined'],
  ['run time', 'handler time of the jobs that ended in the last window'],
  ['loop delay', 'how late the event loop answers; busy: its share of time at work'],
  ['ready', 'waits for nothing but its turn; delayed: not due yet; oldest: the longest wait'],
  ['dead', 'gave up after its attempts, quarantined ones included: needs a decision'],
  ['rate', 'jobs that ended a second, in this worker'],
]

/** What the keys do and what the numbers mean. */
export function helpLines({ columns, glyphs }: World): Line[] {
  const left = columns < 70 ? 17 : 19
  const section = (title: string, rows: [string, string][]): Line[] => [
    [say(` ${title}`, 'strong', { bold: true })],
    ...rows.flatMap(([name, text]) =>
      wrap(text, columns - left - 2, 4, glyphs.mark).map((part, index) => [
        say(` ${(index === 0 ? name : '').padEnd(left)}`, 'blue'),
        say(part),
      ]),
    ),
    [],
  ]
  return [...section('KEYS', keys), ...section('WHAT THE NUMBERS MEAN', meanings)].map((line) =>
    fitLine(line, columns, glyphs.mark),
  )
}
