import type { PlacedKind } from '../kind.ts'
import { channelKinds } from './channels.ts'
import { contextKinds } from './context.ts'
import { exitKinds } from './exit.ts'
import { facadeKinds } from './facades.ts'
import { lateKinds } from './late.ts'
import { leftKinds } from './left.ts'
import { loopKinds } from './loop.ts'
import { pollutionKinds } from './pollution.ts'
import { socketKinds } from './sockets.ts'
import { strayKinds } from './stray.ts'
import { thrownKinds } from './thrown.ts'
import { waitingKinds } from './waiting.ts'

/** By what they do, as the table shows them. */
export const areas: Readonly<Record<string, readonly PlacedKind[]>> = {
  'A rejection that nobody awaits': strayKinds,
  'An error that nobody catches': thrownKinds,
  'The end of the process': exitKinds,
  'No end, and no room': [...waitingKinds, ...loopKinds],
  'What all jobs share': pollutionKinds,
  'What is left behind': leftKinds,
  'Late work': lateKinds,
  'Databases, caches, sessions': facadeKinds,
  'The context of a job, and our own parts': [...contextKinds, ...channelKinds],
  'Sockets and bodies': socketKinds,
}

export const kinds: readonly PlacedKind[] = Object.values(areas).flat()

export function kindNamed(name: string): PlacedKind | undefined {
  return kinds.find((kind) => kind.name === name)
}
