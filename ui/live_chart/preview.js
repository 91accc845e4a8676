// What a chart shows before the server has answered: its figure on other axes, longer, with a curve more, or another;
// part of chart.js.
const GROWN_POINTS = 1000 // of a curve that the browser adds
const LOST_MILLISECONDS = 10_000 // after which a figure that no answer has followed was not asked for
const IDLE_MILLISECONDS = 1200 // after which an app that does nothing has nothing else to say

class Preview {
  constructor(chart) {
    this.chart = chart
  }

  // Shows the same figure on other axes, whose x is `ratio` times as long: the server's figure, which then comes, is it.
  turn(views, layout, ratio) {
    const { zoom, data } = this.chart
    const across = zoom.xaxis?.map((end) => end * ratio)
    this.chart.forgetStaleZoom(data.figure.layout, layout)
    if (across) this.chart.zoom.xaxis = across
    this.stretch(layout, ratio, data.live && { ...data.live, per_unit: data.live.per_unit / ratio }, views)
  }

  // Shows the curves over a run of another length, until the server's come.
  resize(updates) {
    const { live } = this.chart.data
    // In epochs the axis stays and an epoch has more updates; in all else the curves get longer.
    const ratio = live.length.in_epochs ? 1 : (updates - 1) / (live.updates - 1)
    const per_unit = live.length.in_epochs ? (live.per_unit * updates) / live.updates : live.per_unit
    this.chart.follower.resized = true
    this.stretch(this.reaching(ratio), ratio, { ...live, updates, per_unit })
  }

  // Shows the curves over another number of epochs, on an axis that counts them.
  recount(epochs) {
    const { live } = this.chart.data
    const ratio = epochs / live.epochs.now
    const after = { ...live, per_unit: live.per_unit / ratio, epochs: { ...live.epochs, now: epochs } }
    this.stretch(this.reaching(ratio), ratio, after)
  }

  // Shows one more curve.
  grow(title, functions, given) {
    const { figure, live } = this.chart.data
    const layout = functions.momentum ? live.add.layout : figure.layout
    const last = live.updates - 1
    const step = Math.max(1, Math.ceil(last / GROWN_POINTS))
    const updates = Array.from({ length: Math.ceil(last / step) + 1 }, (_, place) => Math.min(place * step, last))
    const x = Float64Array.from(updates, (update) => update / live.per_unit)
    const grown = live.add.traces
      .filter(({ meta }) => functions[meta.draws])
      .map((trace) => {
        const y = this.chart.follower.values(functions[trace.meta.draws], x, given, layout[axisOf(trace)])
        return { ...trace, name: title, legendgroup: title, x, y }
      })
    this.show({ figure: { data: [...figure.data, ...grown], layout }, revision: null })
  }

  // Shows another figure, which the server is expected to send; without its answer the one before comes back.
  show({ figure, revision }) {
    const { chart } = this
    const before = chart.data
    const after = { ...before, figure, revision, live: null, views: null, foreseen: null, sketch: null }
    chart.receive(after)
    const end = Date.now() + LOST_MILLISECONDS
    const look = () => {
      if (chart.data !== after) return
      const idle = document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')
      if (idle || Date.now() > end) chart.receive(before)
      else setTimeout(look, IDLE_MILLISECONDS / 4)
    }
    setTimeout(look, IDLE_MILLISECONDS)
  }

  // The layout with an x-axis that is `ratio` times as long.
  reaching(ratio) {
    const { layout } = this.chart.data.figure
    return { ...layout, xaxis: { ...layout.xaxis, range: layout.xaxis.range.map((end) => end * ratio) } }
  }

  // Draws the server's traces `ratio` times as long under another layout; what the server sends next is drawn anew.
  stretch(layout, ratio, live, views = this.chart.data.views) {
    const traces = this.chart.data.figure.data
    const data = ratio === 1 ? traces : traces.map((trace) => ({ ...trace, x: stretched(trace.x, ratio) }))
    // What was sent ahead is made of the server's traces as they were.
    this.chart.replace({ ...this.chart.data, views, live, foreseen: null, figure: { data, layout }, revision: null })
  }
}
