// What the tools of the Explore page draw of its curves, as the server does, so that their charts need not wait for it.
// Each takes what the tool's fields hold, a function that gives the picture's curves of some places ({updates, rate,
// momentum}, null where the browser cannot draw one) and the catalogue; it gives the lines and what they make of the
// layout, or null where that is left to the server.
const MOST_SKETCHED = 2000 // points of a line
const MOST_SUMMED = 200_000 // updates of all curves that are added up, in one frame of a drag
const MOST_BOUNDED = 2e6 // steps of the sums of all bounds

const TOOLS = { resume: resumed, steps: traversed, layers: spread, bound: bounded, memory: remembered }

// After schedulers/resume.py.
function resumed({ curve, stop, how, longer, names, lines }, curvesOf) {
  const [{ updates: T, rate } = {}] = curvesOf([curve]) ?? []
  const extended = how === "extended"
  if (!rate || !(stop < T) || T > MOST_SUMMED || (extended && !(longer > T))) return null
  const whole = (t) => rate(t, T)
  const peak = greatest(whole, T)
  const factor = peak ? whole(stop - 1) / peak : 0
  let end = Infinity // the update from which the formula has no rate
  const past = (t) => {
    const found = t < end ? whole(t) : NaN
    if (t < end && !(found >= -1e-12 * peak && found < Infinity)) end = t
    return t < end ? Math.max(found, 0) : NaN
  }
  const after = { restarted: (t) => rate(t - stop, T), rebased: (t) => rate(t - stop, T) * factor, extended: past }[how] ?? whole
  const actual = (t) => (t < (extended ? T : stop) ? whole(t) : after(t))
  const intended = (t) => (extended && t >= stop ? rate(t, longer) : whole(t))
  const shapes = (now) => now.map((line) => ({ ...line, x0: stop, x1: stop }))
  return against(actual, intended, extended ? longer : T, names[extended ? "extended" : "other"], lines[curve], shapes)
}

// After schedulers/steps.py.
function traversed(values, curvesOf) {
  const { rows, size, epochs, accumulation, devices, declared, curve } = values
  const [{ rate } = {}] = curvesOf([curve]) ?? []
  const filled = values.drop_last ? Math.floor : Math.ceil
  const each = Math.ceil(filled(filled(rows / devices) / size) / accumulation)
  const updates = each * epochs
  const taken = values.stepped === "epoch" ? epochs : updates
  if (!rate || updates < 2 || taken === declared || Math.max(declared, updates) > values.most) return null
  const stepOf = taken === epochs && epochs !== updates ? (t) => Math.floor(t / each) : (t) => t
  const actual = (t) => rate(Math.min(stepOf(t), declared - 1), declared)
  return against(actual, (t) => rate(t, updates), updates, values.names, values.lines[curve])
}

// What comes, over what was meant; as figures/schedule.py draws both.
function against(actual, intended, total, [meant, comes], line, shapes) {
  const x = spaced(total)
  const lines = [{ name: comes, line, x, y: x.map(actual) }, { name: meant, x, y: x.map(intended) }]
  return { lines, layout: (now) => ({ ...reaching(now, total), ...(shapes && { shapes: shapes(now.shapes) }) }) }
}

// After schedulers/groups.py. The first of the server's traces is of a rate, the last one of the momentum, if there is one.
function spread(values, curvesOf, catalogue) {
  const { count, labels, lines: styles } = values
  const made = (values.mode === "fine_tune" ? fineTuned : sliced)(values, curvesOf, catalogue)
  if (!made || Boolean(made.momentum) !== values.momentum) return null
  const x = spaced(made.updates)
  const lines = Array.from({ length: count }, (_, group) => {
    const label = labels[group === count - 1 ? "last" : group === 0 ? "first" : "other"].replace("{number}", group + 1)
    return { of: 0, name: label, legendgroup: label, line: styles[group], x, y: x.map((t) => made.rate(t, group)) }
  })
  if (made.momentum) lines.push({ ...lines.at(-1), of: -1, y: x.map(made.momentum), yaxis: "y2" })
  return { lines, layout: (now) => reaching(now, made.updates) }
}

function sliced({ mode, count, spread: whole, curve }, curvesOf) {
  const [found] = curvesOf([curve]) ?? []
  if (!found) return null
  const { updates, rate, momentum } = found
  const tenths = (group) => (group === count - 1 ? 1 : 0.1)
  const share = mode === "tenth" ? tenths : (group) => multiplier(group, count, whole)
  return {
    updates,
    rate: (t, group) => rate(t, updates) * share(group),
    momentum: momentum && ((t) => momentum(t, updates)),
  }
}

const multiplier = (group, count, whole) => whole ** (-(count - 1 - group) / Math.max(count - 1, 1))

// fastai's fine_tune: one cycle of the last group alone, then one of all at half the rate.
function fineTuned({ count, spread: whole, base, frozen: share, warmup, div, updates }, _, catalogue) {
  const cycle = named("one_cycle", catalogue)
  const drawn = cycle && functionsOf(cycle, catalogue)
  if (!drawn) return null
  const frozen = Math.min(Math.max(rounded((updates * share) / 100), 1), updates - 1)
  const first = { ...cycle.given, peak: base, warmup: 0.99 }
  const second = { ...cycle.given, peak: base / 2, warmup: warmup / 100, div }
  const phase = (what, t) => (t < frozen ? drawn[what](t, frozen, first) : drawn[what](t - frozen, updates - frozen, second))
  const part = (t, group) => (t < frozen ? Number(group === count - 1) : multiplier(group, count, whole))
  return { updates, rate: (t, group) => phase("rate", t) * part(t, group), momentum: (t) => phase("momentum", t) }
}

// The convex bound, after schedulers/theory.py: of runs cut at some updates, each at the whole run's best multiple.
function bounded({ curves }, curvesOf) {
  const found = curvesOf(curves)
  if (!found) return null
  const T = found[0].updates
  const points = T > 20_000 ? 24 : 80
  if (T * points * curves.length > MOST_BOUNDED) return null
  const lines = found.map(({ rate }) => {
    const eta = Float64Array.from({ length: T }, (_, t) => rate(t, T))
    const first = eta.findIndex((value) => value > 0)
    if (first < 0) return { x: [], y: [] }
    const { near, far } = boundOf(eta, T)
    const multiple = Math.sqrt(near / far)
    const ends = Array.from({ length: points }, (_, point) => Math.floor(first + (point * (T - 1 - first)) / (points - 1)))
    ends[points - 1] = T - 1
    const x = [...new Set(ends)]
    const cut = x.map((end) => boundOf(eta, end + 1))
    return { x, y: cut.map((own) => own.near / multiple + own.far * multiple) }
  })
  return { lines, layout: () => ({}) }
}

// Both terms of the bound of the first updates: the one falls with the rates' multiple as the other rises. Added up from
// the end, where the smallest rates are.
function boundOf(eta, updates) {
  let last = updates - 1
  while (last > 0 && eta[last] === 0) last--
  let [sum, squares, far] = [0, 0, 0]
  for (let t = last; t >= 0; t--) {
    const after = sum
    sum += eta[t]
    squares += eta[t] ** 2
    if (t < last) far += (eta[t] / after) * (squares / sum)
  }
  return { near: 1 / (2 * sum), far: squares / (2 * sum) + far / 2 }
}

// The weight of each update in AdamW's final model, after schedulers/theory.py.
function remembered({ curves, decay }, curvesOf) {
  const found = curvesOf(curves)
  if (!found || found[0].updates * curves.length > MOST_SUMMED || !(decay > 0)) return null
  const T = found[0].updates
  const x = spaced(T)
  const lines = found.map(({ rate }) => {
    const weights = new Float64Array(T)
    let after = 1
    for (let t = T - 1; t >= 0; t--) {
      const shrink = rate(t, T) * decay
      weights[t] = shrink >= 0 && shrink <= 1 ? shrink * after : -1 // which the server refuses
      after *= 1 - shrink
    }
    return { x, y: x.map((t) => weights[t]) }
  })
  return { lines, layout: () => ({}) }
}

// Updates of a run of so many, the first and the last among them.
function spaced(total) {
  const step = Math.ceil(total / MOST_SKETCHED)
  return Array.from({ length: Math.ceil((total - 1) / step) + 1 }, (_, point) => Math.min(point * step, total - 1))
}

function greatest(rate, updates) {
  let most = -Infinity
  for (let t = 0; t < updates; t++) most = Math.max(most, rate(t, updates))
  return most
}

// As Python rounds: a half to the even number.
const rounded = (value) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value))

const reaching = (layout, total) => ({ xaxis: { ...layout.xaxis, range: [0, total - 1] } })
