// A slider and a field for each number of a schedule. While a slider moves, the live chart follows it in this browser;
// the server hears of a number when its slider comes to rest, or when its field is left.
const groups = new WeakMap()
const REST_MILLISECONDS = 150 // between the last key press and the message, so that a held key sends nothing

export default function ({ parentElement, data, setStateValue }) {
  let group = groups.get(parentElement)
  if (!group) groups.set(parentElement, (group = new Group(parentElement)))
  group.receive(data, setStateValue)
  return () => {
    group.remove()
    groups.delete(parentElement)
  }
}

class Group {
  constructor(parent) {
    this.root = parent.appendChild(element("div", "dials"))
  }

  receive(data, send) {
    const names = data.dials.map((item) => item.name).join("|")
    if (data.revision !== this.revision || names !== this.names) {
      this.begin(data, names) // other numbers than before: nothing that was under way counts any more
    }
    this.target = data.target
    this.send = (name, text) => {
      this.texts = { ...this.texts, [name]: text }
      send("entered", { revision: this.revision, texts: this.texts })
    }
    data.dials.forEach((item, index) => this.dials[index].receive(item, data.texts[item.name]))
  }

  begin(data, names) {
    for (const dial of this.dials ?? []) dial.forget()
    this.revision = data.revision
    this.names = names
    this.texts = data.texts
    this.dials = data.dials.map((item) => new Dial(this, item))
    this.root.replaceChildren(...this.dials.map((dial) => dial.root))
  }

  chart() {
    return this.target && window.ratescopeCharts?.get(this.target.chart)
  }

  remove() {
    for (const dial of this.dials) dial.forget()
    this.root.remove()
  }
}

class Dial {
  constructor(group, item) {
    this.group = group
    this.name = item.name
    this.waiting = null // the text that was sent and has not been answered
    this.held = this.dirty = false
    const id = `dial-${Math.random().toString(36).slice(2)}`
    this.root = element("div", "dial")
    const label = this.root.appendChild(element("label", "dial-title", { for: id }))
    label.textContent = item.title
    this.root.appendChild(help(item, `${id}-help`))
    this.range = this.root.appendChild(
      element("input", "dial-range", { id, type: "range", min: 0, step: 1, "aria-describedby": `${id}-help` }),
    )
    this.field = this.root.appendChild(
      element("input", "dial-field", {
        type: "text", inputmode: "text", autocomplete: "off", spellcheck: "false",
        "aria-label": item.exactly, "aria-describedby": `${id}-refusal`,
      }),
    )
    this.refusal = this.root.appendChild(element("p", "dial-refusal", { id: `${id}-refusal`, role: "alert" }))
    this.listen()
  }

  listen() {
    const { range, field } = this
    range.addEventListener("pointerdown", () => {
      this.held = true
      this.byKey = false
    })
    range.addEventListener("keydown", () => (this.byKey = true))
    range.addEventListener("input", () => this.slide())
    for (const end of ["change", "pointerup", "pointercancel"]) {
      range.addEventListener(end, () => {
        if (end !== "change" || !this.byKey) this.held = false
        this.rest()
      })
    }
    field.addEventListener("input", () => (this.dirty = true))
    field.addEventListener("change", () => this.commit())
    field.addEventListener("blur", () => (this.dirty = false))
  }

  slide() {
    const text = this.stops[this.range.value]
    this.field.value = text
    this.range.setAttribute("aria-valuetext", text)
    this.preview(numberOf(text))
  }

  preview(value) {
    this.group.chart()?.preview(this.group.target.curve, this.name, value)
  }

  rest() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.commit(), this.byKey ? REST_MILLISECONDS : 0)
  }

  commit() {
    clearTimeout(this.timer)
    this.timer = undefined
    this.dirty = false
    const text = this.field.value
    if (text === (this.waiting ?? this.item.text)) {
      if (this.waiting === null) this.forget() // back where it was
      return
    }
    this.waiting = text
    // Drawn here at once; the server's exact curve follows, or its refusal, which takes this one back.
    const value = numberOf(text)
    if (value >= numberOf(this.stops[0]) && value <= numberOf(this.stops.at(-1))) this.preview(value)
    this.group.send(this.name, text)
  }

  // `answered` is the text that the server had when it made `item`.
  receive(item, answered) {
    this.item = item
    if (this.waiting !== null && this.waiting !== answered) return // an older answer: the right one is on its way
    this.waiting = null
    if (!this.held && !this.dirty && this.timer === undefined) this.show()
  }

  show() {
    const { range, field, item } = this
    this.stops = item.stops.split("|")
    range.max = this.stops.length - 1
    range.value = item.place
    range.setAttribute("aria-valuetext", this.stops[item.place])
    field.value = item.text
    field.setAttribute("aria-invalid", item.refusal !== "")
    if (this.refusal.textContent !== item.refusal) this.refusal.textContent = item.refusal
    if (item.refusal) this.forget()
  }

  // The curve goes back to what the server knows.
  forget() {
    clearTimeout(this.timer)
    this.group.chart()?.forget(this.group.target.curve, this.name)
  }

}

function help(item, id) {
  const root = element("span", "dial-help")
  const button = root.appendChild(element("button", "dial-about", { type: "button", "aria-label": item.about, "aria-describedby": id }))
  button.textContent = "?"
  const tip = root.appendChild(element("span", "dial-tip", { id, role: "tooltip", popover: "manual" }))
  tip.textContent = item.help
  const show = () => {
    const box = button.getBoundingClientRect()
    tip.showPopover()
    tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`
    tip.style.top = `${box.bottom + tip.offsetHeight + 6 > innerHeight ? box.top - tip.offsetHeight - 6 : box.bottom + 6}px`
  }
  const hide = () => tip.hidePopover()
  for (const event of ["mouseenter", "focus", "click"]) button.addEventListener(event, show)
  for (const event of ["mouseleave", "blur"]) button.addEventListener(event, hide)
  button.addEventListener("keydown", (event) => event.key === "Escape" && hide())
  return root
}

const numberOf = (text) => (text.endsWith("%") ? Number.parseFloat(text) / 100 : Number(text))

function element(tag, className, attributes = {}) {
  const node = document.createElement(tag)
  node.className = className
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  return node
}
