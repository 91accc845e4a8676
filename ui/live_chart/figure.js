// What becomes of a figure on its way to Plotly: colours, ticks, packed numbers, what playback shows; part of chart.js.

// Double click is ours (resetZoom): Plotly would go back to whatever range it saw first.
const CONFIG = { responsive: false, displayModeBar: false, displaylogo: false, doubleClick: false }

// Adds `upTo(position)` to a trace: the trace with only the points of updates at or before the position.
// A hidden trace keeps one empty point, so that its legend entry stays where it is.
function withUpdates(trace) {
  const meta = trace.meta ?? {}
  const hidden = { ...trace, x: [null], y: [null] }
  if (meta.at_end) return { upTo: (position) => (position === Infinity ? trace : hidden) }
  if (meta.updates === undefined) return { upTo: () => trace }
  const x = decoded(trace.x)
  const y = decoded(trace.y)
  const steady = Array.isArray(meta.updates)
  const updates = steady ? null : decoded(meta.updates)
  const updateOf = steady ? (point) => meta.updates[0] + meta.updates[1] * point : (point) => updates[point]
  let lastUpdate = 0
  for (let point = 0; point < y.length; point++) lastUpdate = Math.max(lastUpdate, updateOf(point))
  const upTo = (position) => {
    if (position === Infinity) return trace
    const kept = []
    for (let point = 0; point < y.length; point++) if (updateOf(point) <= position) kept.push(point)
    if (kept.length === 0) return hidden
    return { ...trace, x: kept.map((point) => x[point]), y: kept.map((point) => y[point]) }
  }
  return { upTo, lastUpdate }
}

const rateAxis = (axis) => axis?.type === "log" && axis.tickformat === "~e"

// Tick marks for a range of powers of ten: every decade, or every few; within two decades also 2 and 5 times it.
function rateMarks([low, high]) {
  if (!(Math.abs(high - low) > 0.7)) return {} // too close for round numbers: Plotly's own
  const step = Math.ceil(Math.abs(high - low) / 12)
  const mantissas = Math.abs(high - low) > 2 ? [1] : [1, 2, 5]
  const tickvals = []
  for (let power = Math.floor(Math.min(low, high)); power <= Math.max(low, high); power++) {
    if (power % step === 0) tickvals.push(...mantissas.map((mantissa) => Number(`${mantissa}e${power}`)))
  }
  return { tickmode: "array", tickvals, ticktext: tickvals.map(written) }
}

// As words.rate writes the same numbers on the server.
function written(value) {
  if (value >= 0.1 && value < 1e4) return String(value)
  return value.toExponential().replace("e+", "e")
}

const ARRAYS = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array }

function decoded(values) {
  if (values?.bdata === undefined) return values ?? [] // an empty array's bdata is ""
  const bytes = Uint8Array.fromBase64?.(values.bdata) ?? Uint8Array.from(atob(values.bdata), (letter) => letter.charCodeAt(0))
  return new ARRAYS[values.dtype](bytes.buffer)
}

const stretched = (values, ratio) => Float64Array.from(decoded(values), (value) => value * ratio)

// The same value with every "var(--name)" replaced by that colour of the page's theme.
function painted(value, look) {
  if (typeof value === "string") return value.startsWith("var(") ? look.resolve(value) : value
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value) || value.bdata !== undefined) return value
  if (Array.isArray(value)) return value.length > 0 && typeof value[0] === "number" ? value : value.map((item) => painted(item, look))
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, painted(item, look)]))
}

function lookOf(node) {
  const style = getComputedStyle(node)
  const resolve = (value) => style.getPropertyValue(value.slice(4, -1).trim()).trim() || style.color
  return {
    resolve,
    text: style.color,
    family: style.fontFamily,
    background: resolve("var(--st-background-color)"),
    panel: resolve("var(--st-secondary-background-color)"),
    grid: resolve("var(--st-border-color)"),
  }
}

const kindOf = (axis) => [axis?.type ?? "linear", axis?.title?.text ?? axis?.title ?? ""].join("|")

function element(tag, className, attributes = {}) {
  const node = document.createElement(tag)
  node.className = className
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  return node
}
