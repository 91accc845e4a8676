// Redraws the chart of a tool by what its fields hold and as the picture's curves move, before the server answers; after
// chart.js and tools.js. `sketch` is what the server says of it: which of TOOLS draws it, the key of the chart that has
// the curves, the tool's fields with what they hold, and what else that tool needs.
class Sketch extends Follower {
  constructor(chart) {
    super(chart)
    this.entered = {} // name of a field -> what it holds that the server has not answered
    this.timers = {}
    this.moving = false // whether the picture's curves are not those that the server drew this of
  }

  get picture() {
    return this.sketch && registry.get(this.sketch.of)
  }

  settle({ sketch }) {
    const any = this.following()
    this.sketch = sketch
    const known = Object.fromEntries(Object.values(sketch?.fields ?? {}).map(({ name, value }) => [name, value]))
    for (const [name, value] of Object.entries(this.entered)) if (!(name in known) || known[name] === value) delete this.entered[name]
    this.moving = this.picture?.following() ?? false // its answer is the earlier one of a run
    if (!this.following()) this.held = {}
    return any
  }

  following() {
    return Boolean(this.sketch) && (this.moving || Object.keys(this.entered).length > 0)
  }

  // The picture's curves have moved.
  touch() {
    this.moving = this.picture.following()
    this.soon()
  }

  // Takes what a field will hold once the server has heard of it, which it refuses where it does not answer.
  enter({ name, value: known }, value) {
    clearTimeout(this.timers[name])
    if (value === known) delete this.entered[name]
    else {
      this.entered[name] = value
      this.timers[name] = setTimeout(() => {
        delete this.entered[name]
        this.soon()
      }, REFUSED_MILLISECONDS)
    }
    this.soon()
  }

  get values() {
    const known = Object.values(this.sketch.fields).map(({ name, value }) => [name, value])
    return { ...this.sketch, updates: this.picture.live?.updates, ...Object.fromEntries(known), ...this.entered }
  }

  // The picture's curves of these places; null where the browser cannot draw one of them.
  curves(places) {
    const { picture } = this
    const curves = places.map((place) => ({
      updates: picture.live?.updates,
      rate: picture.rule(place, "rate"),
      momentum: picture.rule(place, "momentum"),
    }))
    return curves.every(({ rate, updates }) => rate && updates) ? curves : null
  }

  compute() {
    this.computed = this.found = null
    if (!this.following() || !this.picture) return
    const { draws } = this.sketch
    const found = TOOLS[draws](this.values, (places) => this.curves(places), this.picture.chart.ahead.catalogue ?? {})
    if (!found?.lines.every(({ x, y }) => x.length > 1 && y.every((value) => value >= 0 || Number.isNaN(value)))) return
    this.found = found
    this.computed = found.lines.map((line) => ({ ...line, y: placed(line.y, this.axes[axisOf(line)]) }))
  }

  get columns() {
    return (this.unpacked ??= this.lines.map(({ x, y }) => ({ x: decoded(x), y: decoded(y) })))
  }

  traces() {
    this.compute()
    this.shape = this.shapeOf()
    if (!this.computed) return this.lines
    return this.computed.map(({ of, ...line }, index) => ({ ...this.lines.at(of ?? index), ...line }))
  }

  get layout() {
    return { ...this.axes, ...this.found?.layout(this.axes) }
  }

  // The lines alone are drawn where the picture's curves move, which is while a pointer does.
  get reshaped() {
    return !this.moving || this.shapeOf() !== this.shape
  }

  hold(full) {
    if (this.moving) super.hold(full)
  }

  shapeOf() {
    if (!this.found) return ""
    return JSON.stringify([this.layout, this.computed.map(({ x, y, ...line }) => line)])
  }

  // Takes an event at one of the tool's fields, and says whether it was one.
  hear({ type, key, target }) {
    const [, field] = widget(this.sketch?.fields, target) ?? []
    if (!field) return false
    const taken = type === "click" || (type === "keyup" && [" ", "Enter"].includes(key))
    if (field.options) return taken && this.pick(target, textOf(target))
    if (typeof field.value === "boolean") {
      const box = target.closest("label")?.querySelector("input") ?? target
      if (type === "click" && "checked" in box) setTimeout(() => this.enter(field, box.checked)) // which this event changes
    } else if ((type === "keydown" && key === "Enter") || type === "focusout") this.count(field, target)
    else if (type === "click" || (type === "keydown" && /^Arrow(Up|Down)$/.test(key))) {
      // An arrow, or the button beside the number, takes effect after this event.
      const input = target.closest("[data-testid=stNumberInput]")?.querySelector("input")
      setTimeout(() => input && this.count(field, input))
    }
    return true
  }

  pick(target, text) {
    const [, field] = widget(this.sketch?.fields, target) ?? []
    const value = field?.options?.[text]
    if (value !== undefined) this.enter(field, value)
    return value !== undefined
  }

  count(field, { value: text, tagName }) {
    const value = Number(text)
    if (tagName !== "INPUT" || !text || !(value >= field.low && value <= field.high)) return
    if (Number.isInteger(value) || !field.whole) this.enter(field, value)
  }
}

FOLLOWERS.sketch = Sketch
