/** How much of a whole is done; undefined: nobody knows. */
export function Meter({ share, label }: { share: number | undefined; label: string }) {
  const percentNow = share === undefined ? undefined : Math.round(Math.min(1, Math.max(0, share)) * 100)
  return (
    <div
      class="meter"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percentNow !== undefined && { 'aria-valuenow': percentNow })}
    >
      <div class={percentNow === undefined ? 'meter-some' : 'meter-done'} style={{ width: `${percentNow ?? 30}%` }} />
    </div>
  )
}
