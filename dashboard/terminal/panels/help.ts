import { fitLine, say, wrap, type Line } from '../line.ts'
import type { World } from '../world.ts'

const moving: [string, string][] = [
  ['1 … 8', 'home, queues, jobs, dead, groups and limits, schedules, workers, log'],
  ['← →  h l  tab', 'previous and next tab; on the home screen tab walks through its tables'],
  ['↑ ↓  k j', 'move the selection; page up and down, g and G too; so does the wheel of a mouse'],
  ['enter', 'into it: all about a job, the jobs of a queue, a group or a kind of failure, the last run of a schedule'],
  ['esc', 'back: out of a job, a kind, a filter, a tab'],
  ['[ ]', 'groups: the previous and next queue'],
  [
    '/',
    'narrow down. Jobs and dead: queue: name: group: state: tag: id: older:2h from:1d to:2h, other words are looked for in errors',
  ],
  ['s', 'sort the table by its next column'],
]

const acting: [string, string][] = [
  [
    'space  p',
    'pause or resume: the selected queue, group or schedule, the group of a dead job; else all workers here',
  ],
  [
    '+ −  < >',
    'concurrency a step up and down, halved and doubled: of the selected queue, else of each worker; c types it',
  ],
  ['r', 'again: a dead job from its first attempt, a kind of failure as a whole, a schedule now'],
  ['e', 'run the selected job once more, as a new job'],
  ['R', 'retry all that is shown: a preview with the count, a rate, a progress bar; workers: reload'],
  ['x', 'drop a dead job, cancel one that runs or waits (asks first); X: all that is shown'],
  ['n', 'enqueue a job through a form made from its schema'],
  ['t', 'the next theme: dark, light, high contrast, without colours'],
  ['q  ctrl-c', 'quit: drain first; a second time: stop now. From afar it only closes'],
]

const meanings: [string, string][] = [
  ['fibers running', 'handlers in flight, of the concurrency set; waiting: taken, start is paced'],
  ['cut to', 'fewer are taken than allowed, so that the process stays well; the reason stands beside it'],
  ['done, failed', 'attempts that ended in the last two seconds; failed: retried, dead, quarantined'],
  ['run time', 'handler time of the jobs that ended in the last window'],
  ['loop delay', 'how late the event loop answers; busy: its share of time at work'],
  ['ready', 'waits for nothing but its turn; delayed: not due yet; oldest: the longest wait'],
  ['dead', 'gave up after its attempts, quarantined ones included: needs a decision'],
  ['rate', 'jobs that ended a second, in the workers here'],
  ['several processes', 'counts are added up; p50 and p90 are means, p99, max, loop and heap the worst'],
  ['mouse', 'click tabs and rows; hold shift to select text'],
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
  return [
    ...section('LOOK AROUND', moving),
    ...section('ACT', acting),
    ...section('WHAT THE NUMBERS MEAN', meanings),
  ].map((line) => fitLine(line, columns, glyphs.mark))
}
