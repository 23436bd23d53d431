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

export const kinds: readonly PlacedKind[] = [
  ...strayKinds,
  ...thrownKinds,
  ...exitKinds,
  ...waitingKinds,
  ...loopKinds,
  ...pollutionKinds,
  ...leftKinds,
  ...lateKinds,
  ...facadeKinds,
  ...contextKinds,
  ...socketKinds,
  ...channelKinds,
]

export function kindNamed(name: string): PlacedKind | undefined {
  return kinds.find((kind) => kind.name === name)
}
