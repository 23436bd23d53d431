interface Props {
  /** Oldest first. */
  values: readonly number[]
  /** What it shows, for who does not see it. */
  label: string
  tone?: 'blue' | 'amber' | 'red' | 'grey'
}

const width = 96
const height = 22

/** A small line without axes: only the shape of the last minutes. */
export function Spark({ values, label, tone = 'blue' }: Props) {
  const max = Math.max(...values, 1)
  const step = width / Math.max(values.length - 1, 1)
  const points = values.map(
    (value, index) => `${(index * step).toFixed(1)},${(height - 1 - (value / max) * (height - 3)).toFixed(1)}`,
  )
  return (
    <svg
      class={`spark spark-${tone}`}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {points.length > 1 && (
        <>
          <path class="spark-area" d={`M0,${height} L${points.join(' L')} L${width},${height} Z`} />
          <polyline class="spark-line" points={points.join(' ')} />
        </>
      )}
    </svg>
  )
}
