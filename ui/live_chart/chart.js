// One Plotly chart that keeps zoom, legend choices and playback position while its data changes under it.
// Called again by Streamlit on every rerun with new data; what must outlive a rerun is in `charts`.
const charts = new WeakMap()
const AXIS = /^[xy]axis\d*$/
const REMOUNT_MILLISECONDS = 5000 // within which a chart of the same key is the same chart, put up anew
const left = (window.ratescopeLeft ??= new Map()) // key -> zoom of a chart that was taken down, the layout that it was of, and when
const registry = (window.ratescopeCharts ??= new Map()) // key -> Follower, for the sliders

export default function ({ parentElement, data }) {
  let chart = charts.get(parentElement)
  if (!chart) {
    chart = new Chart(parentElement, data)
    charts.set(parentElement, chart)
  }
  chart.receive(data)
  return () => {
    chart.remove()
    charts.delete(parentElement)
  }
}

class Chart {
  constructor(parent, data) {
    this.marks = {} // axis name -> tick marks, for logarithmic axes of rates
    this.zoom = {} // axis name -> range that the user chose; ours, because playback must fix all other ranges
    this.playback = new Playback(this)
    this.preview = new Preview(this)
    this.follower = new FOLLOWERS[data.sketch ? "sketch" : "curves"](this)
    this.chooser = new Chooser(this)
    this.root = element("div", "live-chart")
    this.plot = this.root.appendChild(element("div", "live-chart-plot", { role: "img" }))
    this.quiet = this.plot.appendChild(element("div", "live-chart-quiet", { "aria-hidden": "true" }))
    this.tools = this.root.appendChild(this.makeTools(data.words))
    parent.appendChild(this.root)
    // The colours carry a 1 ms CSS transition, so a change of theme announces itself here.
    this.root.addEventListener("transitionend", (event) => {
      if (event.target === this.root) this.draw()
    })
    this.ready = loadPlotly(data.script).catch(() => {
      this.quiet.textContent = this.data.words.missing
      this.quiet.removeAttribute("aria-hidden")
      return null
    })
  }

  // What was sent once, for all of the page's pictures.
  get ahead() {
    return window.ratescopeAhead?.get(this.data.key) ?? {}
  }

  receive(data) {
    const seen = this.data
    this.data = data
    registry.set(data.key, this.follower)
    const followed = this.follower.settle(data)
    this.plot.style.height = `${data.height}px`
    this.plot.setAttribute("aria-label", data.label)
    this.playback.receive(data)
    if (seen && seen.revision !== null && seen.revision === data.revision && !followed) return
    this.traces = data.figure.data.map(withUpdates)
    this.follower.receive(this.traces, data.figure.layout)
    if (seen) this.forgetStaleZoom(seen.figure.layout, data.figure.layout)
    else this.takeUp(data)
    this.playback.take(this.traces)
    this.draw()
  }

  // On a busy machine Streamlit may put up a chart anew that it should have kept.
  takeUp({ key, figure }) {
    const before = left.get(key)
    left.delete(key)
    if (!before || performance.now() - before.when > REMOUNT_MILLISECONDS) return
    this.zoom = before.zoom
    this.forgetStaleZoom(before.layout, figure.layout)
  }

  // Takes data of the browser's own in place of the server's.
  replace(data) {
    this.data = data
    this.traces = data.figure.data.map(withUpdates)
    this.follower.live = data.live
    this.follower.receive(this.traces, data.figure.layout)
    this.follower.tell()
    this.draw()
  }

  // A zoom belongs to an axis of one kind: it goes when the axis turns logarithmic or counts something else.
  forgetStaleZoom(before, after) {
    if (before && before.uirevision !== after.uirevision) this.zoom = {}
    for (const name of Object.keys(this.zoom)) {
      if (kindOf(before?.[name]) !== kindOf(after[name])) delete this.zoom[name]
    }
  }

  async draw() {
    if (this.drawing) {
      this.again = true
      return
    }
    this.drawing = true
    const Plotly = await this.ready
    if (Plotly && this.root.isConnected) {
      try {
        await this.react(Plotly)
      } catch (error) {
        console.error(error)
      }
    }
    this.drawing = false
    this.playback.show()
    if (this.again) {
      this.again = false
      await this.draw()
    }
  }

  async react(Plotly) {
    const { atEnd, position } = this.playback
    const look = lookOf(this.root)
    const shown = atEnd ? this.follower.traces() : this.traces.map((trace) => trace.upTo(position))
    const layout = this.layout(look)
    if (!atEnd) {
      await this.fixRanges(Plotly, layout, look)
      for (const kind of layout.meta?.at_end ?? []) delete layout[kind]
    }
    for (const [name, range] of Object.entries(this.zoom)) {
      layout[name] = { ...layout[name], range: [...range], autorange: false }
    }
    const traces = shown.map((trace) => painted(trace, look))
    this.follower.fix(layout, this.zoom)
    await Plotly.react(this.plot, traces, layout, CONFIG)
    if (!this.listening) this.listen(Plotly)
    await this.markRates(Plotly)
  }

  // Marks of a logarithmic axis of rates as the page writes them elsewhere: 1e-3, 1e-2, 0.1, 1, 10.
  async markRates(Plotly) {
    const change = {}
    for (const [name, axis] of Object.entries(this.data.figure.layout)) {
      if (!AXIS.test(name) || !rateAxis(axis)) continue
      const marks = rateMarks(this.plot._fullLayout[name].range)
      if (JSON.stringify(marks) === JSON.stringify(this.marks[name] ?? {})) continue
      this.marks[name] = marks
      for (const key of ["tickmode", "tickvals", "ticktext"]) change[`${name}.${key}`] = marks[key] ?? null
    }
    if (Object.keys(change).length > 0) await Plotly.relayout(this.plot, change)
  }

  // During playback every axis keeps the range it has with all points drawn.
  async fixRanges(Plotly, layout, look) {
    if (this.ranges?.revision !== this.data.revision) {
      const zoom = this.zoom
      const whole = this.traces.map((trace) => painted(trace.upTo(Infinity), look))
      await Plotly.react(this.plot, whole, this.layout(look), CONFIG)
      this.ranges = { revision: this.data.revision, of: {} }
      for (const name of Object.keys(layout).filter((key) => AXIS.test(key))) {
        if (!zoom[name]) this.ranges.of[name] = [...(this.plot._fullLayout[name]?.range ?? [])]
      }
    }
    for (const [name, range] of Object.entries(this.ranges.of)) {
      if (range.length === 2) layout[name] = { ...layout[name], range: [...range], autorange: false }
    }
  }

  layout(look) {
    const layout = painted(this.follower.layout, look)
    for (const name of new Set(["xaxis", "yaxis", ...Object.keys(layout).filter((key) => AXIS.test(key))])) {
      layout[name] = {
        color: look.text, gridcolor: look.grid, linecolor: look.grid, zerolinecolor: look.grid, automargin: true,
        ...layout[name],
        ...(rateAxis(layout[name]) && this.marks[name]),
      }
    }
    return {
      uirevision: "keep", paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", ...layout,
      font: { color: look.text, family: look.family, size: 15, ...layout.font },
      hoverlabel: { bgcolor: look.panel, bordercolor: look.grid, font: { color: look.text, size: 15 }, ...layout.hoverlabel },
      height: this.data.height, autosize: true,
    }
  }

  listen(Plotly) {
    this.listening = true
    this.quiet.remove()
    this.plot.on("plotly_relayout", (change) => {
      if (this.follower.ranging) return
      const names = new Set(Object.keys(change).map((key) => key.split(".")[0]).filter((name) => AXIS.test(name)))
      for (const name of names) {
        const ranged = Object.keys(change).some((key) => key.startsWith(`${name}.range`))
        if (change[`${name}.autorange`]) delete this.zoom[name]
        else if (ranged) this.zoom[name] = [...this.plot.layout[name].range]
      }
      if (names.size > 0) this.markRates(Plotly)
    })
    this.plot.on("plotly_doubleclick", () => {
      this.resetZoom()
      return false
    })
    this.sized = new ResizeObserver(() => {
      if (this.root.isConnected && this.root.clientWidth > 0) Plotly.Plots.resize(this.plot)
    })
    this.sized.observe(this.root)
  }

  // Gives axes other ranges (name -> [low, high]), far quicker than drawing anew.
  async range(ranges) {
    const Plotly = await this.ready
    const others = Object.entries(ranges).filter(([name]) => !this.zoom[name])
    await Plotly.relayout(this.plot, Object.fromEntries(others.map(([name, range]) => [`${name}.range`, [...range]])))
    await this.markRates(Plotly)
  }

  resetZoom() {
    this.zoom = {}
    this.follower.held = {}
    this.draw()
  }

  makeTools(words) {
    const tools = element("div", "live-chart-tools", { role: "group", "aria-label": words.tools })
    for (const [text, title, act] of [
      ["PNG", words.png, () => this.download("png")],
      ["SVG", words.svg, () => this.download("svg")],
      ["⟲", words.reset, () => this.resetZoom()],
    ]) {
      const button = element("button", "live-chart-button", { type: "button", title, "aria-label": title })
      button.textContent = text
      button.addEventListener("click", act)
      tools.appendChild(button)
    }
    return tools
  }

  async download(format) {
    const Plotly = await this.ready
    if (!Plotly || !this.listening) return
    const ground = lookOf(this.root).background // a picture travels without its page, so it takes the page's colour along
    const { width, height } = this.plot._fullLayout
    const layout = { ...this.plot.layout, paper_bgcolor: ground, plot_bgcolor: ground }
    const options = { format, width, height, scale: format === "png" ? 2 : 1, filename: this.data.filename }
    await Plotly.downloadImage({ data: this.plot.data, layout, config: CONFIG }, options)
  }

  remove() {
    this.playback.playing = false
    this.chooser.remove()
    if (registry.get(this.data.key) === this.follower) registry.delete(this.data.key)
    left.set(this.data.key, { zoom: this.zoom, layout: this.data.figure.layout, when: performance.now() })
    this.sized?.disconnect()
    if (window.Plotly && this.listening) window.Plotly.purge(this.plot)
    this.root.remove()
  }
}
