// Draws what a widget on the page asks for before the server answers; part of chart.js.
// Listens before Streamlit's own handlers, so that the chart does not wait for them. What a widget leads to is a figure
// that was sent ahead (`foreseen`), other axes (`views`), another schedule for a curve or one more curve (`live.choices`
// and `live.add`, from a list), another length or number of epochs (`live.length` and `live.epochs`), or a text that
// writes a curve (`live.texts`), which the widgets of an editor change (`live.outcomes` and `live.shares`).
const EVENTS = ["click", "keyup", "keydown", "pointerup", "focusout"]
const TAKEN_MILLISECONDS = 1000 // within which Streamlit writes the choice into its field
const REFUSED_MILLISECONDS = 3000 // after which what the server has not drawn was refused

class Chooser {
  constructor(chart) {
    this.chart = chart
    this.hear = (event) => this.heard(event)
    for (const name of EVENTS) document.addEventListener(name, this.hear, { capture: true })
  }

  remove() {
    for (const name of EVENTS) document.removeEventListener(name, this.hear, { capture: true })
  }

  heard(event) {
    const { type, key, target, button } = event
    const { chart } = this
    if (!chart.traces || chart.playback.position !== Infinity || !target.closest || chart.follower.hear(event)) return
    // A row takes a key when it is let go, a list when it is pressed, and a pointer's choice before it is a click.
    if (type === "click" || (type === "keyup" && [" ", "Enter"].includes(key))) {
      if (this.foresee(target, type) || this.turn(target)) return
      const text = textOf(target)
      if (!this.edit(target, text, type) && type === "click") this.step(target)
    } else if (type === "pointerup" && button === 0) this.choose(target.closest("[role=option]"))
    else if (type === "keydown" && key === "Enter") {
      this.choose(document.getElementById(target.getAttribute("aria-activedescendant")))
      this.count(target)
      this.write(target)
    } else if (type === "keydown" && /^Arrow(Up|Down)$/.test(key)) this.step(target)
  }

  // The keys of buttons and toggles come as clicks too.
  foresee(target, type, text = textOf(target)) {
    const sent = [this.chart.data.foreseen, this.chart.ahead.foreseen]
    for (const { arrays, pictures } of sent.filter(Boolean)) {
      const found = pictures.find(({ key, option }) => {
        const used = target.closest(`.st-key-${key}`) && (option || type === "click")
        return used && (!option || text === option)
      })
      if (!found) continue
      const known = pictures === sent[0]?.pictures ? this.chart.data.figure.data.flatMap(({ x, y }) => [x, y]) : []
      const array = ({ same }) => (same < known.length ? known[same] : arrays[same - known.length])
      const data = found.figure.data.map((trace) => ({ ...trace, x: array(trace.x), y: array(trace.y) }))
      this.chart.preview.show({ revision: found.revision, figure: { ...found.figure, data } })
      return true
    }
    return false
  }

  turn(target) {
    const { views } = this.chart.data
    const place = views?.keys.findIndex((key) => target.closest(`.st-key-${key}`)) ?? -1
    if (place < 0) return false
    const text = textOf(target)
    const now = views.now.with(place, text)
    const [before, after] = [views.now, now].map((texts) => views.of[texts.join("|")])
    if (after && before !== after) this.chart.preview.turn({ ...views, now }, after.layout, before.per_unit / after.per_unit)
    return true
  }

  choose(option) {
    const { live } = this.chart.data
    const list = option?.closest("[role=listbox]")
    if (!list) return
    const field = document.querySelector(`[role=combobox][aria-controls="${list.id}"]`)
    const title = option.textContent.trim()
    if (field && (this.foresee(field, "click", title) || this.chart.follower.pick(field, title))) return
    if (!live?.choices) return
    if (field && this.edit(field, title, "click")) return
    const { catalogue } = this.chart.ahead
    const schedule = catalogue?.[title]
    const functions = schedule && functionsOf(schedule, catalogue)
    if (!functions) return
    if (live.add && field?.closest(`.st-key-${live.add.key}`)) {
      this.chart.preview.grow(title, functions, schedule.given)
      return
    }
    const found = field && widget(live.choices, field)
    if (!found) return
    const [, { curve, given }] = found
    if (!given[title] || live.curves[curve]?.title === title) return
    this.chart.follower.choose(curve, title, functions, given[title])
    setTimeout(() => field.value !== title && this.chart.follower.unchoose(curve, title), TAKEN_MILLISECONDS)
  }

  // A button or choice of an editor, whose outcome is another text of a curve.
  edit(target, option, type) {
    const [, found] = widget(this.chart.data.live?.outcomes, target) ?? []
    const text = found?.texts[option] ?? (type === "click" ? found?.texts[""] : undefined)
    if (text === undefined) return false
    this.chart.follower.write(found.curve, text, REFUSED_MILLISECONDS)
    return true
  }

  // A number's arrow, or the button beside it, takes effect after this event.
  step(target) {
    const { length, epochs, shares } = this.chart.data.live ?? {}
    const keys = [length?.key, epochs?.key, ...Object.keys(shares ?? {})]
    const number = keys.map((key) => key && target.closest(`.st-key-${key}`)).find(Boolean)
    const field = number?.querySelector("input")
    if (field && (target === field || target.closest("button"))) setTimeout(() => this.count(field))
  }

  count(field) {
    const { live } = this.chart.data
    const value = Number(field.value)
    const [, share] = widget(live?.shares, field) ?? []
    if (share && value >= 0 && value <= 100) {
      const text = reshared(live.curves[share.curve].text, share.part, value / 100)
      this.chart.follower.write(share.curve, text, REFUSED_MILLISECONDS, live.curves[share.curve].text)
    }
    if (!live?.length || !field.value || !Number.isInteger(value)) return
    const asks = ({ key, low, high }, now) => field.closest(`.st-key-${key}`) && value >= low && value <= high && value !== now
    if (asks(live.length, live.updates)) this.chart.preview.resize(value)
    else if (live.length.in_epochs && asks(live.epochs, live.epochs.now)) this.chart.preview.recount(value)
  }

  // A text that writes a curve, or a part of one.
  write(target) {
    const { live } = this.chart.data
    const [, { curve, part, name } = {}] = widget(live?.texts, target) ?? []
    const typed = target.value?.trim()
    const before = live?.curves[curve]?.text
    if (before === undefined || !typed) return
    const text = name ? withValue(before, part, name, `(${typed})`) : typed
    if (text !== before) this.chart.follower.write(curve, text, REFUSED_MILLISECONDS, before)
  }
}

// What stands on the button or choice that the node belongs to.
const textOf = (node) => node.closest("button, label")?.textContent.trim()

// The entry of a widget, by key, that the node belongs to.
const widget = (entries, node) => Object.entries(entries ?? {}).find(([key]) => node.closest(`.st-key-${key}`))
