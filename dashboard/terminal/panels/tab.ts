import { say, type Line } from '../line.ts'
import type { Tab } from '../view.ts'
import type { World } from '../world.ts'
import { deadPanel, kindsOf, kindsPanel } from './dead.ts'
import { groupsPanel, limitLines } from './groups.ts'
import { jobsPanel } from './jobs.ts'
import { logsPanel } from './logs.ts'
import { kindLines } from './kind-detail.ts'
import { selectedIndex, type PanelContent } from './panel.ts'
import { queuesPanel } from './queues.ts'
import { schedulesPanel } from './schedules.ts'
import { belowProcesses, processesPanel } from './workers.ts'

export interface TabBody {
  above: Line[]
  panel: PanelContent
  below: Line[]
}

type Maker = (world: World, columns: number, rows: number) => TabBody

const alone =
  (make: (world: World) => PanelContent): Maker =>
  (world) => ({ above: [], panel: make(world), below: [] })

const makers: Record<Exclude<Tab, 'home'>, Maker> = {
  queues: alone(queuesPanel),
  jobs: alone(jobsPanel),
  dead: (world, columns, rows) => {
    const kinds = kindsPanel(world)
    if (world.view.kind === undefined) {
      const selected = kindsOf(world)[selectedIndex(world, kinds)]
      // The list has the room, and the error as a whole what it leaves.
      const detail = selected === undefined ? [] : kindLines(selected, world, columns)
      return { above: [], panel: kinds, below: detail.slice(0, Math.max(rows - kinds.keys.length - 1, 0)) }
    }
    const own = kinds.keys.indexOf(world.view.kind)
    // The kind as it stood in its list, so that one knows where one is.
    const line = kinds.draw(columns, 2 + Math.max(own, 0))
    const above = own < 0 ? [] : [line[0] ?? [], line[own + 1] ?? [], [say('')]]
    return { above, panel: deadPanel(world), below: [] }
  },
  groups: (world, columns) => ({ above: limitLines(world, columns), panel: groupsPanel(world), below: [] }),
  schedules: alone(schedulesPanel),
  workers: (world, columns, rows) => {
    const panel = processesPanel(world)
    // Its processes first, as many as there are; what is left is for what is wrong, and for the others.
    const own = Math.min(Math.max(panel.keys.length, 2) + 2, Math.floor(rows / 2))
    return { above: [], panel, below: belowProcesses(world, columns, rows - own) }
  },
  logs: alone(logsPanel),
}

/** What a tab shows between the bar of tabs and the notes. */
export function tabBody(world: World, columns: number, rows: number): TabBody {
  return makers[world.view.tab as Exclude<Tab, 'home'>](world, columns, rows)
}
