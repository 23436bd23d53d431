import { beat } from './beat.ts'
import { cancel } from './cancel.ts'
import { delays } from './delays.ts'
import { enqueue } from './enqueue.ts'
import { exitsAndParkings } from './exits.ts'
import { failures } from './failures.ts'
import { groupDepths } from './group-depths.ts'
import { groups } from './groups.ts'
import { hostile } from './hostile.ts'
import { inspector } from './inspector.ts'
import { keeper } from './keeper.ts'
import type { Concern } from './law.ts'
import { ledger } from './ledger.ts'
import { life } from './life.ts'
import { limits } from './limits.ts'
import { whatLimitsLeave } from './limits-left.ts'
import { order } from './order.ts'
import { pause } from './pause.ts'
import { quotas } from './quotas.ts'
import { replay } from './replay.ts'
import { search } from './search.ts'
import { sessions } from './sessions.ts'
import { settle } from './settle.ts'
import { trimming } from './trim.ts'
import { uniqueKeys } from './unique.ts'
import { waiting } from './waiting.ts'

/** All laws, by concern, in the order in which a new driver best comes to keep them. */
export const concerns: readonly Concern[] = [
  life,
  enqueue,
  order,
  settle,
  replay,
  delays,
  sessions,
  keeper,
  failures,
  beat,
  uniqueKeys,
  groups,
  limits,
  quotas,
  waiting,
  inspector,
  search,
  trimming,
  groupDepths,
  whatLimitsLeave,
  cancel,
  pause,
  exitsAndParkings,
  ledger,
  hostile,
]
