import { useState } from 'preact/hooks'
import type { LimitSettingsView, LimitsView } from '../../../../src/client.ts'
import { gaugesOf } from '../../../model/limit-left.ts'
import { limitWords } from '../../../model/limit-words.ts'
import { api } from '../../data/api.ts'
import type { Resource } from '../../data/resource.ts'
import { may } from '../../data/session.ts'
import { Answer } from '../../parts/answer.tsx'
import { Gauges } from '../../parts/gauges.tsx'
import { act } from '../../parts/toast.tsx'
import { LimitsDialog } from '../groups/limits-dialog.tsx'

interface Props {
  queue: string
  limits: Resource<LimitsView>
  changed: () => Promise<unknown>
}

const scopes = {
  queue: 'The queue as a whole',
  groups: 'Each of its groups',
} as const

/** What limits a queue and its groups, in words. */
export function QueueLimits({ queue, limits, changed }: Props) {
  const [open, setOpen] = useState<keyof typeof scopes>()
  return (
    <section class="panel" aria-labelledby="queue-limits">
      <header class="head">
        <h2 id="queue-limits">Limits</h2>
      </header>
      <Answer of={limits} what="limits">
        {(now) => (
          <>
            <dl class="facts">
              {(Object.keys(scopes) as (keyof typeof scopes)[]).map((scope) => (
                <div key={scope} class="fact">
                  <dt>{scopes[scope]}</dt>
                  <dd>
                    <Words settings={now[scope] as LimitSettingsView} />{' '}
                    {may('manage') && (
                      <button type="button" class="link-button" onClick={() => setOpen(scope)}>
                        change
                      </button>
                    )}
                    {scope === 'queue' && now.left !== undefined && (
                      <div>
                        <Gauges gauges={gaugesOf(now.left)} of="The queue as a whole" />
                      </div>
                    )}
                  </dd>
                </div>
              ))}
              {Object.entries(now.group).map(([group, settings]) => (
                <div key={group} class="fact">
                  <dt>{group}</dt>
                  <dd>
                    <Words settings={settings as LimitSettingsView} />
                  </dd>
                </div>
              ))}
            </dl>
            {open !== undefined && (
              <LimitsDialog
                title={`Limits of ${queue}: ${scopes[open].toLowerCase()}`}
                scope={open}
                settings={now[open] as LimitSettingsView}
                close={() => setOpen(undefined)}
                save={async (settings) => {
                  const went = await act(
                    () => api.queues.setLimits(queue, open, settings),
                    'The limits are set, and hold at once.',
                  )
                  await changed()
                  return went
                }}
              />
            )}
          </>
        )}
      </Answer>
    </section>
  )
}

function Words({ settings }: { settings: LimitSettingsView }) {
  const words = limitWords(settings)
  return words.length === 0 ? <span class="faint">no limit</span> : <span>{words.join(' · ')}</span>
}
