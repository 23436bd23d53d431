/** What the number of replicas is reckoned from. All of it is of one store and all its workers. */
export interface Load {
  /** Jobs that become ready a second. Where nobody knows, leave it out: then what runs now stands for it. */
  arrivalsPerSecond?: number
  /** How long a job runs on average, seconds; undefined while none has ended. */
  meanRunSeconds?: number
  /** Jobs that are ready and not taken, and that no limit of the store keeps from being taken in time. */
  backlog: number
  /** Jobs that are ready and that limits of the store let nobody take in time: more replicas would wait for them as well. */
  held?: number
  /** Jobs that run now, on average over the last while. */
  running: number
  /** Jobs at once that one replica runs. */
  concurrency: number
}

export interface ScaleWish {
  /** How soon a backlog is to be gone; 60 s by default. */
  drainSeconds?: number
  /** How much of its slots a replica should use; 0.8 by default: what is left takes the peaks. */
  utilisation?: number
  /** 0 by default: nothing to do, nobody there. */
  replicasMin?: number
  /** 100 by default. */
  replicasMax?: number
}

export interface Scale {
  /** Wanted. */
  replicas: number
  /** Slots that the arriving jobs keep busy: arrival rate × mean run time. */
  busySlots: number
  /** Slots on top of that, to work the backlog off in time. */
  drainSlots: number
  /** What has the last word: the load itself, the least or most that was asked for, or limits of the store, which hold jobs back. */
  boundBy: 'load' | 'replicasMin' | 'replicasMax' | 'limits'
}

/**
 * How many replicas are wanted, by Little's law: what arrives in a second, times the seconds that each of it stays, is what is there at
 * once. On top comes what works the backlog off within `drainSeconds`. While anything waits or runs it is one at least.
 */
export function wantedReplicas(load: Load, wish: ScaleWish = {}): Scale {
  const { drainSeconds = 60, utilisation = 0.8, replicasMin = 0, replicasMax = 100 } = wish
  const { running, backlog, held = 0, concurrency, arrivalsPerSecond = 0 } = load
  // As long as no job has ended nobody knows how long one takes. What waits is then worth a slot each, for as long as it may wait.
  const meanSeconds = load.meanRunSeconds ?? drainSeconds
  // What is under way is not taken back: a replica that goes would give its jobs back.
  const busySlots = Math.max(arrivalsPerSecond * meanSeconds, running)
  const drainSlots = (backlog / drainSeconds) * meanSeconds
  const least = backlog + held + running + arrivalsPerSecond > 0 ? 1 : 0
  const byLoad = Math.max(least, Math.ceil((busySlots + drainSlots) / Math.max(1, concurrency * utilisation) - 1e-9))
  const replicas = Math.min(replicasMax, Math.max(replicasMin, byLoad))
  const boundBy = replicas < byLoad ? 'replicasMax' : replicas > byLoad ? 'replicasMin' : held > 0 ? 'limits' : 'load'
  return { replicas, busySlots, drainSlots, boundBy }
}
