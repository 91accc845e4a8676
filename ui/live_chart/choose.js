// Draws what a choice on the page asks for before the server answers; part of chart.js.
// Listens before Streamlit's own handlers, so that the chart does not wait for them. Four kinds: one of a row, which
// gives the chart other axes (`views`), one of a list, which gives a curve another schedule (`live.choices`), a number,
// which gives the run another length (`live.length`), and a formula (`live.formulas`).
const EVENTS = ["click", "keyup", "keydown", "pointerup"]
const TAKEN_MILLISECONDS = 1000 // within which Streamlit writes the choice into its field
const REFUSED_MILLISECONDS = 3000 // after which a formula that the server has not drawn was refused

class Chooser {
  constructor(chart) {
    this.chart = chart
    this.hear = (event) => this.heard(event)
    for (const name of EVENTS) document.addEventListener(name, this.hear, { capture: true })
  }

  remove() {
    for (const name of EVENTS) document.removeEventListener(name, this.hear, { capture: true })
  }

  heard({ type, key, target }) {
    const { chart } = this
    if (!chart.traces || chart.position !== Infinity || !target.closest) return
    // A row takes a key when it is let go, a list when it is pressed, and a pointer's choice before it is a click.
    if (type === "click" || (type === "keyup" && " Enter".includes(key))) this.turn(target)
    else if (type === "pointerup") this.choose(target.closest("[role=option]"))
    else if (type === "keydown" && key === "Enter") {
      this.choose(document.getElementById(target.getAttribute("aria-activedescendant")))
      this.resize(target)
      this.write(target)
    }
  }

  turn(target) {
    const { views } = this.chart.data
    const place = views?.keys.findIndex((key) => target.closest(`.st-key-${key}`)) ?? -1
    if (place < 0) return
    const text = target.closest("button, label")?.textContent.trim()
    const now = views.now.with(place, text)
    const [before, after] = [views.now, now].map((texts) => views.of[texts.join("|")])
    if (!after || before === after) return
    this.chart.turn({ ...views, now }, after.layout, before.per_unit / after.per_unit)
  }

  choose(option) {
    const { live } = this.chart.data
    const list = option?.closest("[role=listbox]")
    if (!live?.choices || !list) return
    const field = document.querySelector(`[role=combobox][aria-controls="${list.id}"]`)
    const found = Object.entries(live.choices).find(([key]) => field?.closest(`.st-key-${key}`))
    if (!found) return
    const [, { curve, given }] = found
    const title = option.textContent.trim()
    if (!given[title] || live.curves[curve]?.title === title) return
    const functions = compiled(live.catalogue[title])
    if (!functions) return
    this.chart.follower.choose(curve, title, functions, given[title])
    setTimeout(() => field.value !== title && this.chart.follower.unchoose(curve, title), TAKEN_MILLISECONDS)
  }

  resize(target) {
    const { live } = this.chart.data
    const { key, low, high } = live?.length ?? {}
    const updates = Number(target.value)
    if (!key || !target.closest(`.st-key-${key}`) || !Number.isInteger(updates)) return
    if (updates >= low && updates <= high && updates !== live.updates) this.chart.resize(updates)
  }

  write(target) {
    const { live } = this.chart.data
    const [, curve] = Object.entries(live?.formulas ?? {}).find(([key]) => target.closest(`.st-key-${key}`)) ?? []
    const text = target.value?.trim()
    if (curve === undefined || !text || live.curves[curve]?.formula === text) return
    const { given } = live.curves[curve]
    const rate = fromFormula(text, given)
    if (!rate) return
    this.chart.follower.choose(curve, text, { rate }, given)
    setTimeout(() => this.chart.follower.unchoose(curve, text), REFUSED_MILLISECONDS)
  }
}
