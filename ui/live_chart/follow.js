
// Redraws curves while their sliders move, without the server; part of chart.js.
// Plotly needs 20 to 50 ms to draw a figure, which is too slow to follow a pointer. So the line alone is drawn anew, on
// Plotly's own axes. An axis that a drag has begun with stays as long as the curves fit, also after the drag, so that
// nothing jumps when the server's curve comes.
const FILLED = 0.35 // the least share of an axis that its curves may fill before it changes
const ROOM = [0.8, 0.25] // what a new axis leaves above its curves, as a share of their height: when they rise, when they fall

const UNBOUNDED = ["formula", "segments"] // what a text may write above its peak

class Follower {
  constructor(chart) {
    this.chart = chart
    this.lines = []
    this.axes = {}
    this.functions = {} // curve -> {rate, momentum}: (t, T, given) => number
    this.moved = {} // curve -> parameter -> the value of a slider that the server does not have yet
    this.chosen = {} // curve -> {what, given, rate, momentum}: a schedule or formula that the server has not drawn yet
    this.resized = false // whether all curves are drawn over a run of a length that the server does not have yet
    this.held = {} // y-axis -> range, once a slider has moved
  }

  // Draws a curve with another value of one parameter, until the server's data has that value or `forget` is called.
  // "2.1" is part 1 of curve 2, which is a combination.
  preview(curve, parameter, value) {
    const [whole, part] = curve.split(".")
    const text = part && this.live?.curves[whole]?.text
    if (text) this.write(whole, withValue(text, part, parameter, value), undefined, text)
    if (part || !this.functions[curve]) return
    ;(this.moved[curve] ??= {})[parameter] = value
    this.soon()
  }

  forget(curve, parameter) {
    const [whole, part] = curve.split(".")
    if (part) this.unchoose(whole, this.chosen[whole]?.what)
    if (this.moved[curve]?.[parameter] === undefined) return
    delete this.moved[curve][parameter]
    this.soon()
  }

  // Draws a curve by other functions, until the server's data has `what` they are, or `unchoose` is called.
  choose(curve, what, functions, given) {
    clearTimeout(this.chosen[curve]?.timer)
    this.chosen[curve] = { what, given, ...functions }
    this.soon()
  }

  // Draws a curve as a text says, for so long at the most if a time is given: then the server has refused it. With
  // `before`, the text that it takes the place of, any other text is the server's answer, which may write it otherwise.
  write(curve, text, milliseconds, before) {
    const { reads, given, between } = this.live?.curves[curve] ?? {}
    const rate = READERS[reads]?.(text, given, between, this.chart.ahead.catalogue ?? {})
    if (!rate) return
    this.choose(curve, text, { rate }, given)
    const timer = milliseconds && setTimeout(() => this.unchoose(curve, text), milliseconds)
    Object.assign(this.chosen[curve], { timer, before, moves: true })
  }

  unchoose(curve, what) {
    if (this.chosen[curve]?.what !== what) return
    delete this.chosen[curve]
    this.soon()
  }

  // Takes the server's functions and numbers; forgets what it has caught up with, and says whether there was anything.
  settle({ live }) {
    this.live = live
    const curves = live?.curves ?? {}
    const sources = JSON.stringify(curves, (name, item) => (name === "given" ? undefined : item))
    if (sources !== this.sources) {
      this.sources = sources
      this.functions = Object.fromEntries(Object.entries(curves).map(([name, curve]) => [name, compiled(curve)]))
    }
    const any = this.following()
    this.resized = false
    for (const [curve, values] of Object.entries(this.moved)) {
      for (const [parameter, value] of Object.entries(values)) {
        const known = curves[curve]?.given[parameter]
        if (known === undefined || known === value) delete values[parameter]
      }
    }
    for (const [curve, { what, before }] of Object.entries(this.chosen)) {
      const { title, text } = curves[curve] ?? {}
      const answered = text === what || (before !== undefined && text !== before)
      if ([undefined, what].includes(title) || answered) delete this.chosen[curve]
    }
    if (!any) this.held = {}
    return any
  }

  receive(traces, layout) {
    this.lines = traces.map((trace) => trace.upTo(Infinity))
    this.axes = layout
    this.unpacked = this.computed = null
  }

  // The server's numbers, unpacked when a slider first moves: most figures are drawn without.
  get columns() {
    if (!this.unpacked) {
      this.unpacked = this.lines.map(({ x, y, meta }) => (this.live && meta?.draws ? { x: decoded(x), y: decoded(y) } : null))
      const peak = this.extent("y", (value) => value)[1]
      this.lowest = (this.axes.yaxis?.autorangeoptions?.clipmin ?? 0) / peak
    }
    return this.unpacked
  }

  get now() {
    return this.computed ?? this.columns
  }

  following() {
    if (this.resized) return true
    return [this.chosen, ...Object.values(this.moved)].some((values) => Object.keys(values).length > 0)
  }

  // A curve's rate or momentum as it is drawn now, as a function (t, T) => number; undefined where it has none here.
  rule(curve, draws) {
    const given = this.given(curve)
    const found = (this.chosen[curve] ?? this.functions[curve])?.[draws]
    return found && ((t, T) => found(t, T, given))
  }

  given(curve) {
    const chosen = this.chosen[curve]
    return chosen && !chosen.moves ? chosen.given : { ...this.live?.curves[curve]?.given, ...this.moved[curve] }
  }

  // Lets the charts that are drawn of these curves know.
  tell() {
    for (const other of registry.values()) if (other.sketch?.of === this.chart.data.key) other.touch()
  }

  soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined
      this.follow()
      this.tell()
    })
  }

  // Takes an event on the page, and says whether it was for the curves themselves.
  hear() {
    return false
  }

  // Takes the option of that text of the list at a node, and says whether it was for the curves themselves.
  pick() {
    return false
  }

  // The layout that the traces are drawn under.
  get layout() {
    return this.axes
  }

  // Whether more than the lines has changed.
  get reshaped() {
    return false
  }

  async follow() {
    const { chart } = this
    const full = chart.plot._fullLayout
    if (this.ranging) return this.soon()
    if (!full || chart.drawing || !chart.listening || chart.playback.position !== Infinity) return chart.draw()
    this.hold(full)
    this.compute()
    if (!this.following() || this.reshaped) return chart.draw()
    if (!this.fits(chart.zoom)) {
      this.ranging = true // so that the chart does not take this for the user's zoom
      await chart.range(this.held)
      this.ranging = false
    }
    this.columns.forEach((column, index) => this.now[index] !== column && this.drawLine(index))
  }

  // The traces as the sliders have them: each curve's function at its trace's own updates.
  traces() {
    this.compute()
    if (!this.computed) return this.lines
    return this.lines.map((line, index) => (this.now[index] === this.columns[index] ? line : { ...line, y: this.now[index].y }))
  }

  compute() {
    this.computed = null
    if (!this.following()) return
    this.computed = this.columns.map((column, index) => {
      const { curve, draws } = this.lines[index].meta ?? {}
      const chosen = this.chosen[curve]
      const moved = this.moved[curve] ?? {}
      const other = this.resized || Object.keys(moved).length > 0
      if (!column || !(chosen || (other && this.functions[curve]))) return column
      if (!chosen && !this.functions[curve][draws]) return draws === "rate" ? this.scaled(column, curve, moved) : column
      if (chosen?.moves && !chosen[draws]) return column
      const given = this.given(curve)
      const rule = chosen ? chosen[draws] ?? (() => NaN) : this.functions[curve][draws]
      const values = this.raw(rule, column.x, given)
      // What the server will refuse, such as a rate below 0, is not drawn; what writes itself may exceed its peak.
      const most = UNBOUNDED.includes(this.live.curves[curve]?.reads) ? Number.MAX_VALUE : given.peak * (1 + 1e-9)
      const refused = draws === "rate" && !values.every((rate) => rate >= 0 && rate <= most)
      return refused ? column : { x: column.x, y: placed(values, this.axes[axisOf(this.lines[index])]) }
    })
  }

  // What a curve's function gives at places of the x-axis.
  values(rule, places, given, axis) {
    return placed(this.raw(rule, places, given), axis)
  }

  raw(rule, places, given) {
    const { updates, per_unit: perUnit } = this.live
    return Float64Array.from(places, (x) => rule(Math.round(x * perUnit), updates, given))
  }

  // A combination is in proportion to one number.
  scaled(column, curve, moved) {
    const { scaled, given } = this.live.curves[curve]
    const times = moved[scaled] / given[scaled]
    return Number.isFinite(times) ? { x: column.x, y: Float64Array.from(column.y, (value) => value * times) } : column
  }

  hold(full) {
    for (const name of new Set(this.lines.map(axisOf))) this.held[name] ??= [...full[name].range]
  }

  // Says whether every axis still suits its curves; gives those that do not a new range.
  fits(zoom) {
    let all = true
    for (const [name, [low, high]] of Object.entries(this.held)) {
      const log = this.axes[name]?.type === "log"
      let [least, most] = this.extent(name === "yaxis2" ? "y2" : "y", log ? Math.log10 : (value) => value)
      if (log && this.lowest) least = Math.max(least, most + Math.log10(this.lowest))
      if (this.axes[name]?.rangemode === "tozero") least = Math.min(least, 0)
      const fits = low <= least && most <= high && most - least >= FILLED * (high - low)
      if (zoom[name] || fits || !Number.isFinite(most - least)) continue
      const span = most - least || Math.abs(most) || 1
      const room = span * (most > high ? ROOM[0] : ROOM[1])
      this.held[name] = [least === 0 ? 0 : least - ROOM[1] * span, most + room]
      all = false
    }
    return all
  }

  extent(axis, scaled) {
    let [least, most] = [Infinity, -Infinity]
    this.now.forEach((column, index) => {
      if (!column || (column.yaxis ?? this.lines[index]?.yaxis ?? "y") !== axis) return
      for (const value of column.y) {
        if (value < least) least = value
        if (value > most) most = value
      }
    })
    return [scaled(least), scaled(most)]
  }

  // Gives the layout of a whole redraw the ranges that a drag has fixed.
  fix(layout, zoom) {
    if (Object.keys(this.held).length === 0) return
    this.fits(zoom)
    for (const [name, range] of Object.entries(this.held)) {
      if (!zoom[name] && layout[name]) layout[name] = { ...layout[name], range: [...range], autorange: false }
    }
  }

  drawLine(index) {
    const drawn = this.chart.plot.calcdata?.find((points) => points[0]?.trace?.index === index)
    const paths = drawn?.[0].node3?.node()?.querySelectorAll("path.js-line") ?? []
    const { _fullLayout: full, _fullData: data } = this.chart.plot
    const across = full[data[index].xaxis.replace("x", "xaxis")]
    const up = full[data[index].yaxis.replace("y", "yaxis")]
    const { x, y } = this.now[index]
    const far = 10 * up._length
    let text = ""
    let pen = "M"
    for (let point = 0; point < y.length; point++) {
      if (Number.isNaN(y[point])) {
        pen = "M"
        continue
      }
      const height = Math.max(-far, Math.min(far, up.c2p(y[point], true)))
      text += `${pen}${across.c2p(x[point], true).toFixed(2)},${height.toFixed(2)}`
      pen = "L"
    }
    paths.forEach((path, segment) => path.setAttribute("d", segment === 0 ? text : "M0,0"))
  }
}

// What an axis has no place for leaves a gap.
const placed = (values, axis) =>
  values.map((value) => (Number.isFinite(value) && (axis?.type !== "log" || value > 0) ? value : NaN))

const axisOf = (line) => (line.yaxis ?? "y").replace("y", "yaxis")

// What draws a chart's curves by itself, by what the chart is of: the picture's curves, or what a tool makes of them.
const FOLLOWERS = { curves: Follower }
